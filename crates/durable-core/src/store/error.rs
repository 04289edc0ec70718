//! What can go wrong in a store, told apart by who acts next.

/// A store call that did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Nothing was changed; the same call may succeed later. The engine retries.
    #[error("the store is busy or unreachable: {0}")]
    Retry(String),
    /// Whether the change was committed is not known. The engine drops what it holds in memory and reloads.
    #[error("the outcome of a commit is unknown: {0}")]
    UnknownOutcome(String),
    /// Nothing was changed, and the same call would fail again: a row that the database refuses, disk full, a
    /// damaged file. The engine isolates the culprit; an operator acts.
    #[error("the store refused: {0}")]
    Permanent(String),
    /// This host's epoch is over: another host has taken its work. The engine drops everything and registers
    /// anew.
    #[error("this host's lease is over ({0})")]
    LeaseLost(String),
}

impl StoreError {
    /// Whether the change may have happened.
    pub fn is_unknown(&self) -> bool {
        matches!(self, Self::UnknownOutcome(_))
    }
}
