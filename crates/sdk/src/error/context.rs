//! [`Context`]: a sentence in front of an error.

use std::fmt::Display;

use crate::error::{Error, Result};

/// Says what was being done when something failed.
///
/// ```
/// # use fnhost_sdk::{Context, Result};
/// fn first(list: &[u8]) -> Result<u8> {
///     list.first().copied().context("the list is empty")
/// }
/// assert_eq!(first(&[]).unwrap_err().to_string(), "the list is empty");
/// ```
pub trait Context<T> {
    /// Puts this sentence in front of the error.
    ///
    /// # Errors
    /// When there was one before, or nothing in the `Option`.
    fn context(self, message: impl Display) -> Result<T>;

    /// Puts a sentence in front of the error, made only when there is one.
    ///
    /// # Errors
    /// When there was one before, or nothing in the `Option`.
    fn with_context<D: Display>(self, message: impl FnOnce() -> D) -> Result<T>;
}

impl<T, E: Into<Error>> Context<T> for Result<T, E> {
    #[track_caller]
    fn context(self, message: impl Display) -> Result<T> {
        match self {
            Ok(value) => Ok(value),
            Err(error) => Err(error.into().context(message)),
        }
    }

    #[track_caller]
    fn with_context<D: Display>(self, message: impl FnOnce() -> D) -> Result<T> {
        match self {
            Ok(value) => Ok(value),
            Err(error) => Err(error.into().context(message())),
        }
    }
}

impl<T> Context<T> for Option<T> {
    #[track_caller]
    fn context(self, message: impl Display) -> Result<T> {
        match self {
            Some(value) => Ok(value),
            None => Err(Error::new(message)),
        }
    }

    #[track_caller]
    fn with_context<D: Display>(self, message: impl FnOnce() -> D) -> Result<T> {
        match self {
            Some(value) => Ok(value),
            None => Err(Error::new(message())),
        }
    }
}
