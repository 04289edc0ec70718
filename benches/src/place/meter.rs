//! Counts what a run writes.

use super::{Kind, Place};

/// What a database has done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Written {
    /// Transactions that changed something; on Postgres also those that notified.
    pub(crate) transactions: u64,
    /// Times that it waited for the disk.
    pub(crate) syncs: u64,
}

/// A count under way.
pub(crate) struct Meter<'p> {
    place: &'p Place,
    before: Written,
    most: Written,
}

impl<'p> Meter<'p> {
    pub(super) async fn start(place: &'p Place) -> anyhow::Result<Self> {
        let before = place.written().await?;
        Ok(Self { place, before, most: before })
    }

    /// To be called while the writer is still there: SQLite counts transactions as long as somebody has the file open.
    pub(crate) async fn look(&mut self) -> anyhow::Result<()> {
        let now = self.place.written().await?;
        self.most = Written {
            transactions: self.most.transactions.max(now.transactions),
            syncs: self.most.syncs.max(now.syncs),
        };
        Ok(())
    }

    /// To be called when the writer is gone: the processes of Postgres tell the last of what they did when they end.
    pub(crate) async fn stop(mut self) -> anyhow::Result<Written> {
        self.place.writers_gone().await?;
        self.look().await?;
        let written = Written {
            transactions: self.most.transactions.saturating_sub(self.before.transactions),
            syncs: self.most.syncs.saturating_sub(self.before.syncs),
        };
        let Written { transactions, syncs } = written;
        let is_synced = match self.place.kind {
            Kind::Sqlite => syncs >= transactions,
            // Those that come together share a sync, and what notifies changes nothing that must be kept.
            Kind::Postgres => syncs > 0,
        };
        anyhow::ensure!(is_synced, "{transactions} transactions were committed with {syncs} syncs");
        Ok(written)
    }
}
