//! What a caller can tell of an error: its kind, and what caused it.

use std::error::Error as StdError;

use fnhost_protocol::failure::Failure;

use crate::error::Error;

impl Error {
    /// Whether this error, or the failed call that it reports, began as a value of type `E`. Works across
    /// activities and sub-orchestrations, where only the type's name is left.
    ///
    /// ```
    /// # use fnhost_sdk::Error;
    /// let error = Error::from("x".parse::<i32>().unwrap_err());
    /// assert!(error.is::<std::num::ParseIntError>());
    /// ```
    pub fn is<E: StdError>(&self) -> bool {
        self.failure().kind == std::any::type_name::<E>()
    }

    /// Whether this error, or any that caused it, began as a value of type `E`, or was given that name by
    /// [`with_kind`](Self::with_kind). Of errors inside other errors (`#[source]`) only the text is known, unless they
    /// were attached by [`caused_by`](Self::caused_by).
    ///
    /// ```
    /// # use fnhost_sdk::Error;
    /// let error = Error::new("no port").caused_by("x".parse::<u16>().unwrap_err());
    /// assert!(error.has_cause::<std::num::ParseIntError>());
    /// assert!(!error.is::<std::num::ParseIntError>());
    /// ```
    pub fn has_cause<E: StdError>(&self) -> bool {
        self.chain().any(|failure| failure.kind == std::any::type_name::<E>())
    }

    /// What callers tell cases apart by: the name of the type that the error began as, a name of the host's
    /// ([`failure::kind`](fnhost_protocol::failure::kind)), or what [`with_kind`](Self::with_kind) was given.
    ///
    /// ```
    /// # use fnhost_sdk::Error;
    /// assert_eq!(Error::from("x".parse::<i32>().unwrap_err()).kind(), "core::num::error::ParseIntError");
    /// ```
    pub fn kind(&self) -> &str {
        &self.failure().kind
    }

    /// This failure and those underneath, outermost first. Across activities and sub-orchestrations each caller
    /// adds one in front, which says what it called.
    ///
    /// ```
    /// # use fnhost_sdk::Error;
    /// let error = Error::new("no paper").context("cannot print").context("cannot ship");
    /// let texts: Vec<&str> = error.chain().map(|failure| failure.message.as_str()).collect();
    /// assert_eq!(texts, ["cannot ship", "cannot print", "no paper"]);
    /// ```
    pub fn chain(&self) -> impl Iterator<Item = &Failure> {
        self.failure().chain()
    }

    /// The failure at the bottom of the chain.
    ///
    /// ```
    /// # use fnhost_sdk::Error;
    /// assert_eq!(Error::new("no paper").context("cannot print").root_cause().message, "no paper");
    /// ```
    pub fn root_cause(&self) -> &Failure {
        self.failure().root()
    }
}
