//! Why something failed, in a form that crosses from child to parent without losing anything.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A failed invocation, task or instance: kind, message, details, and the failure that caused it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The type of the error, by which a caller tells cases apart: a Rust type name, or one of [`kind`].
    pub kind: String,
    /// What happened, where, and how to mend it; one reader-friendly text.
    pub message: String,
    /// Stack, source location or other details for whoever debugs it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<String>,
    /// Whether a retry policy must not try again.
    #[serde(default, skip_serializing_if = "is_false")]
    pub non_retriable: bool,
    /// The failure underneath, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Box<Failure>>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
pub(crate) fn is_false(value: &bool) -> bool {
    !*value
}

/// Kinds of failure that the host itself reports.
pub mod kind {
    /// User code panicked.
    pub const PANIC: &str = "Panic";
    /// An input or result has another type than the code asked for.
    pub const WRONG_TYPE: &str = "WrongType";
    /// No such activity, orchestration or entity.
    pub const UNKNOWN_FUNCTION: &str = "UnknownFunction";
    /// The code asks for something else than its history records.
    pub const NON_DETERMINISTIC: &str = "NonDeterministicOrchestration";
    /// The orchestrator awaited something that its context did not make.
    pub const FOREIGN_AWAIT: &str = "ForeignAwait";
    /// Longer than `functionTimeout`.
    pub const TIMEOUT: &str = "FunctionTimeout";
    /// The call was cancelled: the host stops, or the caller went away.
    pub const CANCELLED: &str = "Cancelled";
    /// A documented limit was passed.
    pub const LIMIT: &str = "LimitExceeded";
    /// An explicit child id is already taken.
    pub const INSTANCE_EXISTS: &str = "InstanceAlreadyExists";
    /// The instance was terminated.
    pub const TERMINATED: &str = "Terminated";
    /// The code broke a rule of critical sections.
    pub const CRITICAL_SECTION: &str = "CriticalSection";
    /// The path of a binding could not be filled in, or what it is for could not be read or written.
    pub const BINDING: &str = "Binding";
    /// The work was running each time the process died.
    pub const POISON: &str = "Poison";
}

impl Failure {
    /// A failure of this kind with this message.
    pub fn new(kind: impl Into<String>, message: impl Into<String>) -> Self {
        Self { kind: kind.into(), message: message.into(), details: None, non_retriable: false, cause: None }
    }

    /// The same failure, caused by another.
    #[must_use]
    pub fn caused_by(mut self, cause: Failure) -> Self {
        self.cause = Some(Box::new(cause));
        self
    }

    /// The same failure with details.
    #[must_use]
    pub fn with_details(mut self, details: impl Into<String>) -> Self {
        self.details = Some(details.into());
        self
    }

    /// The same failure, not to be retried.
    #[must_use]
    pub fn not_retriable(mut self) -> Self {
        self.non_retriable = true;
        self
    }

    /// Whether this failure, or one underneath, is of this kind: a type's name with or without its path, or one of
    /// [`kind`].
    ///
    /// ```
    /// use fnhost_protocol::failure::Failure;
    /// let failure = Failure::new("shop::PayError", "cannot pay").caused_by(Failure::new("bank::Declined", "no money"));
    /// assert!(failure.is_kind("PayError") && failure.is_kind("bank::Declined"));
    /// assert!(!failure.is_kind("Error"));
    /// ```
    pub fn is_kind(&self, kind: &str) -> bool {
        self.chain().any(|failure| {
            failure.kind.strip_suffix(kind).is_some_and(|path| path.is_empty() || path.ends_with("::"))
        })
    }

    /// The failure at the bottom, which caused all others.
    pub fn root(&self) -> &Failure {
        self.chain().last().unwrap_or(self)
    }

    /// What a caller outside may read, such as whoever called an HTTP function: the message with those of its causes,
    /// but neither kinds nor places in the code. Of a panic only that there was one: nobody wrote its text for callers.
    ///
    /// ```
    /// use fnhost_protocol::failure::{Failure, kind};
    /// let failure = Failure::new("shop::NoPaper", "no paper").with_details("at src/print.rs:7");
    /// assert_eq!(failure.told_outside(), "no paper");
    /// let panic = Failure::new(kind::PANIC, "index out of bounds: the len is 3");
    /// assert!(!panic.told_outside().contains("index"));
    /// ```
    pub fn told_outside(&self) -> String {
        if self.kind == kind::PANIC {
            "the function panicked; the log of the host says where and why".to_owned()
        } else {
            self.to_string()
        }
    }

    /// This failure and those underneath, outermost first.
    pub fn chain(&self) -> impl Iterator<Item = &Failure> {
        std::iter::successors(Some(self), |failure| failure.cause.as_deref())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        for (depth, cause) in self.chain().enumerate().skip(1) {
            // A wrapper usually ends with its cause's text already; say nothing twice.
            if !self.chain().take(depth).any(|wrapper| wrapper.message.contains(&cause.message)) {
                write!(f, ": {}", cause.message)?;
            }
        }
        Ok(())
    }
}

impl std::error::Error for Failure {}
