//! `[extensions.blobs]` as needed.

use std::time::Duration;

use crate::config::entry::Entries;

use super::build::need;

/// How blob stores are looked after.
#[derive(Debug, Clone)]
pub struct BlobsConfig {
    settle_time: Duration,
    scan_interval: Duration,
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

    pub(super) fn build(entries: &Entries) -> Self {
        let span = |path| need(entries.span(path).flatten());
        Self {
            settle_time: span("extensions.blobs.settleTime"),
            scan_interval: span("extensions.blobs.scanInterval"),
        }
    }
}
