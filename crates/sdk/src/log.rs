//! The logger of user code.

use std::{
    fmt::Display,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use fnhost_protocol::ids::{InstanceId, InvocationId};

/// The `tracing` target of everything that user code logs: for hosts that filter.
///
/// ```
/// let is_users = |metadata: &tracing::Metadata<'_>| metadata.target() == fnhost_sdk::USER_LOG_TARGET;
/// ```
pub const USER_LOG_TARGET: &str = "fnhost::user";

/// Writes log lines that carry the function's name and the call's id. Any function takes it as a parameter;
/// orchestrations get theirs, which is silent during replay, from `ctx.log()`.
///
/// ```
/// # use fnhost_sdk::{Logger, Result};
/// pub async fn run(files: Vec<String>, log: Logger) -> Result<usize> {
///     log.info(format_args!("Found {} file(s)", files.len()));
///     Ok(files.len())
/// }
/// ```
#[derive(Debug, Clone)]
pub struct Logger {
    function: Arc<str>,
    subject: Subject,
    /// Whether the code runs over what it has done before, and wrote then. The execution tells.
    replaying: Option<Arc<AtomicBool>>,
}

#[derive(Debug, Clone)]
enum Subject {
    Invocation(InvocationId),
    Instance(InstanceId),
}

/// Writes one line at a level, which `tracing` wants to know when it is compiled.
macro_rules! write_line {
    ($level:ident, $logger:expr, $message:expr) => {
        if !$logger.is_silent() {
            match &$logger.subject {
                Subject::Invocation(id) => {
                    tracing::$level!(target: USER_LOG_TARGET, function = &*$logger.function, invocation = %id, "{}", $message);
                }
                Subject::Instance(id) => {
                    tracing::$level!(target: USER_LOG_TARGET, function = &*$logger.function, instance = %id, "{}", $message);
                }
            }
        }
    };
}

impl Logger {
    pub(crate) fn for_invocation(function: Arc<str>, id: InvocationId) -> Self {
        Self { function, subject: Subject::Invocation(id), replaying: None }
    }

    pub(crate) fn for_entity(function: Arc<str>, id: InstanceId) -> Self {
        Self { function, subject: Subject::Instance(id), replaying: None }
    }

    pub(crate) fn for_orchestration(function: Arc<str>, id: InstanceId, replaying: Arc<AtomicBool>) -> Self {
        Self { function, subject: Subject::Instance(id), replaying: Some(replaying) }
    }

    fn is_silent(&self) -> bool {
        self.replaying.as_ref().is_some_and(|replaying| replaying.load(Ordering::Relaxed))
    }

    /// Writes a line that only a developer wants to see.
    ///
    /// ```
    /// # fn show(log: fnhost_sdk::Logger) {
    /// log.debug("asking the printer");
    /// # }
    /// ```
    pub fn debug(&self, message: impl Display) {
        write_line!(debug, self, message);
    }

    /// Writes a line about the normal course of things.
    ///
    /// ```
    /// # fn show(log: fnhost_sdk::Logger) {
    /// log.info("printed");
    /// # }
    /// ```
    pub fn info(&self, message: impl Display) {
        write_line!(info, self, message);
    }

    /// Writes a line about something odd that needs no action yet.
    ///
    /// ```
    /// # fn show(log: fnhost_sdk::Logger) {
    /// log.warn(format_args!("only {} sheets left", 3));
    /// # }
    /// ```
    pub fn warn(&self, message: impl Display) {
        write_line!(warn, self, message);
    }

    /// Writes a line about something that somebody must look at.
    ///
    /// ```
    /// # fn show(log: fnhost_sdk::Logger) {
    /// log.error("the printer is on fire");
    /// # }
    /// ```
    pub fn error(&self, message: impl Display) {
        write_line!(error, self, message);
    }
}
