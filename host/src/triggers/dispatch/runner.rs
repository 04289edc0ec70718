//! What a kind of trigger brings along: how one of its occurrences is run.

use std::time::Duration;

use durable_core::store::LeasedOccurrence;
use futures_util::future::BoxFuture;

/// Runs occurrences of one kind.
pub trait Runner: Send + Sync + 'static {
    /// Runs one. Dropping the future ends the run: its host stops, or has lost its lease; it runs again then.
    ///
    /// It runs at least once, and as a rule exactly once: a host that dies between the run and the record of its end
    /// leaves it to be run again, with [`attempt`](LeasedOccurrence::attempt) counted.
    fn run(&self, leased: LeasedOccurrence) -> BoxFuture<'static, Verdict>;
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is not run again, whether it went well or not.
    Done,
    /// It is run again after this time.
    Retry {
        /// From now on, by the clock of the triggers.
        after: Duration,
    },
    /// It has failed for good, and is kept for an operator.
    Poison {
        /// Why.
        reason: String,
    },
    /// There is nothing to run any more: it is not run again.
    Drop,
}
