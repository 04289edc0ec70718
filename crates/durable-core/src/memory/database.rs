//! The database that hosts share, and the store that one host sees of it.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
};

use crate::{memory::hub::Hub, model::HostLease, store::StoreError};

/// A database in memory. Clones are the same database; what is in it lives as long as one of them or of their
/// stores.
#[derive(Clone, Default)]
pub struct MemoryDatabase {
    tables: Arc<Mutex<Tables>>,
}

/// Everything in a database.
#[derive(Default)]
pub(super) struct Tables {
    /// Current epoch by host number.
    epochs: BTreeMap<i64, i64>,
    /// The last instance key that was reserved; keys are of the whole database.
    pub(super) last_key: i64,
    hubs: BTreeMap<Arc<str>, Hub>,
}

impl MemoryDatabase {
    /// An empty database.
    pub fn new() -> Self {
        Self::default()
    }

    /// A store on one task hub of this database, which is created when nobody has used it. Each store is a host
    /// of its own.
    pub fn store(&self, hub: &str) -> MemoryStore {
        MemoryStore { database: self.clone(), hub: hub.into(), host: OnceLock::new() }
    }

    /// Declares a host dead: its epoch is over, and what it had leased is nobody's. What was running there keeps
    /// its count of attempts.
    pub fn take_over(&self, host: i64) {
        self.lock().next_epoch(host);
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
            .field("epochs", &tables.epochs)
            .field("hubs", &tables.hubs.keys())
            .finish_non_exhaustive()
    }
}

impl Tables {
    /// Begins a new epoch of a host and makes everything of its earlier ones void.
    pub(super) fn next_epoch(&mut self, host: i64) -> HostLease {
        let epoch = self.epochs.entry(host).or_default();
        *epoch += 1;
        for hub in self.hubs.values_mut() {
            hub.void_leases(|lease| lease.host == host);
        }
        HostLease { host, epoch: self.epochs[&host] }
    }

    /// Refuses a host whose epoch is over, and one that never registered.
    pub(super) fn check(&self, lease: HostLease) -> Result<(), StoreError> {
        if self.epochs.get(&lease.host) == Some(&lease.epoch) {
            Ok(())
        } else {
            Err(StoreError::LeaseLost(lease.to_string()))
        }
    }

    fn new_host(&self) -> i64 {
        self.epochs.last_key_value().map_or(1, |(host, _)| host + 1)
    }

    pub(super) fn hub(&mut self, name: &Arc<str>) -> &mut Hub {
        self.hubs.entry(Arc::clone(name)).or_default()
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
        tables.next_epoch(host)
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
