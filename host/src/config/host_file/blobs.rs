//! `[extensions.blobs]` as needed.

use std::time::Duration;

use crate::config::entry::Entries;

use super::build::{count, need};

/// How blob stores are looked after.
#[derive(Debug, Clone)]
pub struct BlobsConfig {
    settle_time: Duration,
    scan_interval: Duration,
    reconcile_interval: Duration,
    attempts: u32,
    retry_interval: Duration,
    parallelism: Option<usize>,
}

impl BlobsConfig {
    /// How long a file must be left alone before it counts as complete.
    pub fn settle_time(&self) -> Duration {
        self.settle_time
    }

    /// How often a container is scanned that cannot be watched.
    pub fn scan_interval(&self) -> Duration {
        self.scan_interval
    }

    /// How often a container is scanned although it is watched.
    pub fn reconcile_interval(&self) -> Duration {
        self.reconcile_interval
    }

    /// How often a function is tried on one version of a blob.
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// The pause after the first failure.
    pub fn retry_interval(&self) -> Duration {
        self.retry_interval
    }

    /// How many blobs are worked on at once; `None` where the number of processors decides.
    pub fn parallelism(&self) -> Option<usize> {
        self.parallelism
    }

    pub(super) fn build(entries: &Entries) -> Self {
        let span = |path| need(entries.span(path).flatten());
        Self {
            settle_time: span("extensions.blobs.settleTime"),
            scan_interval: span("extensions.blobs.scanInterval"),
            reconcile_interval: span("extensions.blobs.reconcileInterval"),
            attempts: u32::try_from(count(entries, "extensions.blobs.poisonBlobThreshold"))
                .unwrap_or(u32::MAX),
            retry_interval: span("extensions.blobs.retryInterval"),
            parallelism: entries
                .int("extensions.blobs.maxDegreeOfParallelism")
                .and_then(|count| usize::try_from(count).ok()),
        }
    }
}
