//! The database that hosts share, and the store that one host sees of it.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
};

use fnhost_protocol::time::Timestamp;

use crate::{
    clock::Clock,
    memory::{
        hosts::{End, HostRow},
        hub::Hub,
        records::Records,
    },
    model::HostLease,
    store::{Holder, Sharing, StoreError},
};

/// A database in memory. Clones are the same database; what is in it lives as long as one of them or of their
/// stores.
#[derive(Clone, Default)]
pub struct MemoryDatabase {
    tables: Arc<Mutex<Tables>>,
    /// On what terms hosts share it.
    pub(super) sharing: Option<Sharing>,
    clock: Option<Arc<dyn Clock>>,
}

/// Everything in a database.
#[derive(Default)]
pub(super) struct Tables {
    /// Hosts by number.
    pub(super) hosts: BTreeMap<i64, HostRow>,
    /// The last instance key that was reserved; keys are of the whole database.
    pub(super) last_key: i64,
    hubs: BTreeMap<Arc<str>, Hub>,
    /// Occurrences by task hub.
    records: BTreeMap<Arc<str>, Records>,
}

impl MemoryDatabase {
    /// An empty database whose hosts do not know of each other: nobody's lease ever runs out by itself.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty database that hosts share on these terms, by a clock that is the database's own.
    pub fn shared(sharing: Sharing, clock: Arc<dyn Clock>) -> Self {
        Self { tables: Arc::default(), sharing: Some(sharing), clock: Some(clock) }
    }

    /// An empty database whose hosts do not know of each other, with a clock of its own. One without takes the latest
    /// time at which something was written for the time.
    pub fn with_clock(clock: Arc<dyn Clock>) -> Self {
        Self { clock: Some(clock), ..Self::default() }
    }

    /// A store on one task hub of this database, which is created when nobody has used it. Each store is a host
    /// of its own.
    pub fn store(&self, hub: &str) -> MemoryStore {
        MemoryStore { database: self.clone(), hub: hub.into(), host: OnceLock::new() }
    }

    /// Declares a host dead: its epoch is over, what it had leased is nobody's, and its death is counted against
    /// what was in flight. What was running there keeps its count of attempts.
    pub fn take_over(&self, host: i64) {
        let now = self.now();
        self.lock().end_epoch(host, End::Died(now));
    }

    /// Lets the lease of a host run out now: who next [takes over](crate::store::Hosts::take_over) finds it dead.
    pub fn expire(&self, host: i64) {
        if let Some(row) = self.lock().hosts.get_mut(&host) {
            row.expired = true;
        }
    }

    /// Ends a life of a task hub's [`Occurrences`](crate::store::Occurrences): what it had leased waits again.
    pub fn end_life(&self, hub: &str, holder: Holder) {
        self.lock().records(&hub.into()).end(holder);
    }

    /// Lets such a life run out now: it is over when another looks for work, unless it is held before.
    pub fn let_life_run_out(&self, hub: &str, holder: Holder) {
        self.lock().records(&hub.into()).let_run_out(holder);
    }

    /// The database's time, if it has a clock.
    pub(super) fn now(&self) -> Option<Timestamp> {
        self.clock.as_ref().map(|clock| clock.now())
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Tables> {
        // A panic under the lock leaves no half-done commit behind: commits work on a copy.
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for MemoryDatabase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tables = self.lock();
        f.debug_struct("MemoryDatabase")
            .field("hosts", &tables.hosts)
            .field("hubs", &tables.hubs.keys())
            .finish_non_exhaustive()
    }
}

impl Tables {
    /// Begins a new epoch of a host. One that holds its epoch still has died.
    pub(super) fn begin_epoch(&mut self, host: i64, hub: &Arc<str>, now: Option<Timestamp>) -> HostLease {
        if self.hosts.get(&host).is_some_and(|row| row.is_held) {
            self.end_epoch(host, End::Died(now));
        }
        let epoch = self.hosts.get(&host).map_or(0, |row| row.epoch) + 1;
        let row = HostRow {
            hub: Arc::clone(hub),
            epoch,
            is_held: true,
            renewed_at: now,
            expired: false,
            trial: Vec::new(),
        };
        self.hosts.insert(host, row);
        HostLease { host, epoch }
    }

    /// Ends a host's epoch: everything of it is void, and nothing shows that it will ever come back.
    pub(super) fn end_epoch(&mut self, host: i64, end: End) {
        let Some(row) = self.hosts.get_mut(&host) else { return };
        let trial = std::mem::take(&mut row.trial);
        let was_held = std::mem::replace(&mut row.is_held, false);
        row.epoch += 1;
        (row.renewed_at, row.expired) = (None, false);
        let hub = Arc::clone(&row.hub);
        let hub = self.hub(&hub);
        if let End::Died(now) = end
            && was_held
        {
            hub.count_death(host, &trial, now);
        }
        hub.void_leases(|lease| lease.host == host);
    }

    /// Refuses a host whose epoch is over, and one that never registered.
    pub(super) fn check(&self, lease: HostLease) -> Result<(), StoreError> {
        if self.hosts.get(&lease.host).is_some_and(|row| row.epoch == lease.epoch) {
            Ok(())
        } else {
            Err(StoreError::LeaseLost(lease.to_string()))
        }
    }

    fn new_host(&self) -> i64 {
        self.hosts.last_key_value().map_or(1, |(host, _)| host + 1)
    }

    pub(super) fn hub(&mut self, name: &Arc<str>) -> &mut Hub {
        self.hubs.entry(Arc::clone(name)).or_default()
    }

    pub(super) fn records(&mut self, hub: &Arc<str>) -> &mut Records {
        self.records.entry(Arc::clone(hub)).or_default()
    }
}

/// What one host sees of one task hub in a [`MemoryDatabase`].
#[derive(Debug)]
pub struct MemoryStore {
    pub(super) database: MemoryDatabase,
    /// Name of the task hub.
    pub(super) hub: Arc<str>,
    /// This host's number, given when it first registers.
    host: OnceLock<i64>,
}

impl MemoryStore {
    /// A store on a database of its own.
    pub fn new() -> Self {
        MemoryDatabase::new().store("default")
    }

    /// The database, for more stores on it and for taking this one's work over.
    pub fn database(&self) -> &MemoryDatabase {
        &self.database
    }

    /// A new epoch of this host; its number stays the same.
    pub(super) fn new_lease(&self) -> HostLease {
        let mut tables = self.database.lock();
        let host = *self.host.get_or_init(|| tables.new_host());
        tables.begin_epoch(host, &self.hub, self.database.now())
    }

    /// Works on the rows of this hub.
    pub(super) fn with_hub<T>(&self, work: impl FnOnce(&mut Hub) -> T) -> T {
        work(self.database.lock().hub(&self.hub))
    }

    /// Works on the rows of this hub for a host whose epoch is current; fails for others.
    pub(super) fn with_lease<T>(
        &self,
        lease: HostLease,
        work: impl FnOnce(&mut Hub) -> T,
    ) -> Result<T, StoreError> {
        let mut tables = self.database.lock();
        tables.check(lease)?;
        Ok(work(tables.hub(&self.hub)))
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}
