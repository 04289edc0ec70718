//! How long to wait for a store that is away, and what is said of it: once when it begins, once when it is over.

use std::time::Duration;

use durable_core::store::StoreError;

const SHORTEST: Duration = Duration::from_millis(200);
const LONGEST: Duration = Duration::from_secs(5);

/// Failures in a row of one kind of call.
#[derive(Debug)]
pub(super) struct Patience {
    /// What cannot be done meanwhile, for the log: "occurrences cannot be claimed".
    what: &'static str,
    failures: u32,
}

impl Patience {
    pub(super) fn new(what: &'static str) -> Self {
        Self { what, failures: 0 }
    }

    /// Another failure; how long to wait before the next try.
    pub(super) fn failed(&mut self, error: &StoreError) -> Duration {
        if self.failures == 0 {
            tracing::warn!(%error, "{}; trying again until it works", self.what);
        }
        let wait = SHORTEST.saturating_mul(1 << self.failures.min(8)).min(LONGEST);
        self.failures += 1;
        wait
    }

    /// It worked.
    pub(super) fn worked(&mut self) {
        if self.failures > 0 {
            tracing::info!("it works again after {} tries: {}", self.failures, self.what);
            self.failures = 0;
        }
    }
}
