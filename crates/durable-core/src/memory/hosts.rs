//! Hosts that share a database in memory: leases by its clock, takeover, news.

use std::sync::Arc;

use futures_core::{future::BoxFuture, stream::BoxStream};

use fnhost_protocol::{ids::InstanceId, time::Timestamp};

use crate::{
    memory::{MemoryStore, timers},
    model::{HostLease, InstanceKey, MessageId, TaskRef, TimerRow},
    store::{Hosts, News, Sharing, StoreError, TimerCursor},
    suspicion::Work,
};

/// A host of the database.
#[derive(Debug)]
pub(super) struct HostRow {
    /// Its task hub.
    pub(super) hub: Arc<str>,
    /// Its current epoch.
    pub(super) epoch: i64,
    /// Whether the host holds that epoch; otherwise it has stopped or died.
    pub(super) is_held: bool,
    /// When it last renewed its lease; `None` where the database has no clock.
    pub(super) renewed_at: Option<Timestamp>,
    /// Whether its lease was made to run out.
    pub(super) expired: bool,
    /// What it has put on trial.
    pub(super) trial: Vec<Work>,
}

impl HostRow {
    /// Whether its lease has run out.
    fn is_over(&self, dead_since: Option<Timestamp>) -> bool {
        self.expired || self.renewed_at.zip(dead_since).is_some_and(|(renewed, since)| renewed < since)
    }
}

impl MemoryStore {
    /// Who has not renewed his lease since is dead; `None` where there is no clock.
    fn dead_since(&self) -> Option<Timestamp> {
        let (now, terms) = self.database.now().zip(self.sharing())?;
        Some(now.saturating_sub(terms.lease))
    }
}

/// How a host's epoch ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// The host gave everything back.
    Stopped,
    /// It was found dead, at this time of the database's clock if it has one.
    Died(Option<Timestamp>),
}

impl Hosts for MemoryStore {
    fn sharing(&self) -> Option<Sharing> {
        self.database.sharing
    }

    fn renew(&self, lease: HostLease) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move {
            let now = self.database.now();
            let mut tables = self.database.lock();
            tables.check(lease)?;
            if let Some(row) = tables.hosts.get_mut(&lease.host) {
                (row.renewed_at, row.expired) = (now, false);
            }
            Ok(())
        })
    }

    fn take_over(&self, lease: HostLease) -> BoxFuture<'_, Result<u32, StoreError>> {
        Box::pin(async move {
            let (now, dead_since) = (self.database.now(), self.dead_since());
            let mut tables = self.database.lock();
            tables.check(lease)?;
            let hosts = tables.hosts.iter();
            let dead: Vec<i64> = hosts
                .filter(|(host, row)| **host != lease.host && row.is_over(dead_since))
                .map(|(host, _)| *host)
                .collect();
            for host in &dead {
                tables.end_epoch(*host, End::Died(now));
            }
            Ok(u32::try_from(dead.len()).unwrap_or(u32::MAX))
        })
    }

    fn deregister(&self, lease: HostLease) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move {
            let mut tables = self.database.lock();
            if tables.check(lease).is_ok() {
                tables.end_epoch(lease.host, End::Stopped);
            }
            Ok(())
        })
    }

    fn others(&self, lease: HostLease) -> BoxFuture<'_, Result<u32, StoreError>> {
        Box::pin(async move {
            let dead_since = self.dead_since();
            let tables = self.database.lock();
            tables.check(lease)?;
            let lives = |row: &HostRow| row.hub == self.hub && row.is_held && !row.is_over(dead_since);
            let others = tables.hosts.iter().filter(|(host, row)| **host != lease.host && lives(row)).count();
            Ok(u32::try_from(others).unwrap_or(u32::MAX))
        })
    }

    fn set_trial(&self, lease: HostLease, mut trial: Vec<Work>) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move {
            trial.sort_unstable();
            trial.dedup();
            let mut tables = self.database.lock();
            tables.check(lease)?;
            let mut before = match tables.hosts.get_mut(&lease.host) {
                Some(row) => std::mem::replace(&mut row.trial, trial.clone()),
                None => Vec::new(),
            };
            before.retain(|work| !trial.contains(work));
            let hub = tables.hub(&self.hub);
            hub.survive(&before);
            hub.try_instances(lease, &trial);
            Ok(())
        })
    }

    fn announce(&self, news: News) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move {
            self.with_hub(|hub| hub.listeners.tell(news));
            Ok(())
        })
    }

    fn news(&self) -> BoxStream<'static, News> {
        Box::pin(self.with_hub(|hub| hub.listeners.add()))
    }

    fn finished(&self, mut ids: Vec<InstanceId>) -> BoxFuture<'_, Result<Vec<InstanceId>, StoreError>> {
        Box::pin(async move {
            self.with_hub(|hub| ids.retain(|id| hub.by_id(id).is_none_or(|row| row.is_finished())));
            Ok(ids)
        })
    }

    fn unread(
        &self,
        lease: HostLease,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<(InstanceKey, MessageId)>, StoreError>> {
        Box::pin(async move {
            self.with_lease(lease, |hub| {
                let mine = hub.rows().filter(|row| row.owner == Some(lease));
                let mut unread: Vec<_> = mine
                    .flat_map(|row| row.inbox.keys().map(|message| (row.instance.key, *message)))
                    .collect();
                unread.sort_by_key(|(_, message)| *message);
                unread.truncate(limit as usize);
                unread
            })
        })
    }

    fn overdue(
        &self,
        lease: HostLease,
        until: Timestamp,
        after: Option<TimerCursor>,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<TimerRow>, StoreError>> {
        Box::pin(async move {
            self.with_lease(lease, |hub| {
                let rows = hub.rows().filter(|row| row.owner.is_none_or(|owner| owner == lease));
                timers::page(rows, until, after, limit)
            })
        })
    }

    fn leased(&self, lease: HostLease) -> BoxFuture<'_, Result<Vec<TaskRef>, StoreError>> {
        Box::pin(async move {
            self.with_lease(lease, |hub| hub.rows().flat_map(|row| row.leased_to(lease)).collect())
        })
    }

    fn pointless(
        &self,
        lease: HostLease,
        mut tasks: Vec<TaskRef>,
    ) -> BoxFuture<'_, Result<Vec<TaskRef>, StoreError>> {
        Box::pin(async move {
            self.with_lease(lease, |hub| {
                tasks.retain(|task| hub.row(task.instance).is_none_or(|row| row.task(*task).is_none()));
            })?;
            Ok(tasks)
        })
    }
}
