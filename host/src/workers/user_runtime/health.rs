//! [`RuntimeHealth`]: what the readiness check and the dashboard may know of the user runtime.

use std::time::Instant;

use super::subject::Subject;

/// How the user runtime is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RuntimeHealth {
    /// How many threads run user code.
    pub threads: usize,
    /// Those that have been in one poll for longer than allowed, longest first.
    pub blocked: Vec<BlockedPoll>,
    /// No thread has been free for longer than allowed: the host is not ready for more.
    pub saturated: bool,
}

/// A thread that user code does not give back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockedPoll {
    /// The thread's name.
    pub thread: String,
    /// What it runs.
    pub subject: Subject,
    /// Since when, give or take a scan.
    pub since: Instant,
}
