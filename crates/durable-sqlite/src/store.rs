//! The contract's calls, each passed on to the file that does it.

use std::{
    ops::Range,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use futures_util::{
    future::BoxFuture,
    stream::{self, BoxStream, StreamExt as _},
};

use durable_core::{
    model::{HostLease, InstanceKey, Loaded, MessageId, TaskRef, TimerRow},
    store::{
        Batch, ClaimRequest, Claimed, ClientReply, CommitOutcome, Entities, FinishedQuery, FoundInstance,
        Hosts, KeyScope, KeyStore, News, RemovedEntities, Scheduled, Sharing, Store, StoreError, StoredKey,
        StoredStatus, TimerCursor,
    },
    suspicion::Work,
};
use fnhost_protocol::{
    history::HistoryEvent,
    ids::InstanceId,
    status::{EntityQuery, EntityStatus, InstanceQuery, InstanceStatus, Page},
    time::Timestamp,
};

use crate::{
    claim, commit,
    database::Database,
    entities,
    error::OpenError,
    find, hosts,
    hub::{self, Hub},
    keys, load,
    options::Options,
    query, suspects, timers,
};

/// One task hub in an SQLite file.
#[derive(Debug)]
pub struct SqliteStore {
    database: Arc<Database>,
    hub: Hub,
    closed: AtomicBool,
}

impl SqliteStore {
    /// Opens a file, which is created when missing, and a task hub in it.
    ///
    /// # Errors
    /// When another process (or another store of this one) has the file, when it is on a network file system, was
    /// written by a later build or another program, or when SQLite refuses.
    pub async fn open(options: Options) -> Result<Self, OpenError> {
        let (path, name) = (options.path.clone(), options.hub.clone());
        let database = Arc::new(Database::open(options).await?);
        Self::on(database, &name).await.map_err(|source| OpenError::Store { path, source })
    }

    /// Another task hub of the same file, beside this one.
    ///
    /// # Errors
    /// When SQLite refuses.
    pub async fn other_hub(&self, name: &str) -> Result<Self, StoreError> {
        Self::on(Arc::clone(&self.database), name).await
    }

    /// The open file.
    pub(crate) fn database(&self) -> &Database {
        &self.database
    }

    /// The task hub.
    pub(crate) fn hub(&self) -> Hub {
        self.hub
    }

    async fn on(database: Arc<Database>, name: &str) -> Result<Self, StoreError> {
        let hub = Hub::open(&database, name).await?;
        database.join();
        Ok(Self { database, hub, closed: AtomicBool::new(false) })
    }
}

impl Store for SqliteStore {
    fn register(&self, description: String) -> BoxFuture<'_, Result<HostLease, StoreError>> {
        Box::pin(async move { self.hub.register(&self.database, &description).await })
    }

    fn reserve_keys(&self, count: u32) -> BoxFuture<'_, Result<Range<i64>, StoreError>> {
        Box::pin(hub::reserve_keys(&self.database, count))
    }

    fn commit(&self, batch: Arc<Batch>) -> BoxFuture<'_, Result<Vec<CommitOutcome>, StoreError>> {
        Box::pin(async move { commit::commit(&self.database, self.hub, &batch).await })
    }

    fn claim(&self, lease: HostLease, request: ClaimRequest) -> BoxFuture<'_, Result<Claimed, StoreError>> {
        Box::pin(claim::claim(&self.database, self.hub, lease, request))
    }

    fn release(&self, lease: HostLease, tasks: Vec<TaskRef>) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move { claim::release(&self.database, self.hub, lease, &tasks).await })
    }

    fn load(&self, key: InstanceKey) -> BoxFuture<'_, Result<Option<Loaded>, StoreError>> {
        Box::pin(load::load(&self.database, self.hub, key))
    }

    fn history(
        &self,
        key: InstanceKey,
        generation: u32,
    ) -> BoxFuture<'_, Result<Vec<HistoryEvent>, StoreError>> {
        Box::pin(load::history(&self.database, self.hub, key, generation))
    }

    fn timers(
        &self,
        until: Timestamp,
        after: Option<TimerCursor>,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<TimerRow>, StoreError>> {
        Box::pin(timers::timers(&self.database, self.hub, until, after, limit))
    }

    fn status(
        &self,
        id: InstanceId,
        show_input: bool,
    ) -> BoxFuture<'_, Result<Option<StoredStatus>, StoreError>> {
        Box::pin(async move { query::status(&self.database, self.hub, &id, show_input).await })
    }

    fn query(&self, query: InstanceQuery) -> BoxFuture<'_, Result<Page<InstanceStatus>, StoreError>> {
        Box::pin(async move { query::instances(&self.database, self.hub, &query).await })
    }

    fn query_entities(&self, query: EntityQuery) -> BoxFuture<'_, Result<Page<EntityStatus>, StoreError>> {
        Box::pin(async move { query::entities(&self.database, self.hub, &query).await })
    }

    fn entity(&self, id: InstanceId) -> BoxFuture<'_, Result<Option<EntityStatus>, StoreError>> {
        Box::pin(async move { query::entity(&self.database, self.hub, &id).await })
    }

    fn find_finished(&self, query: FinishedQuery) -> BoxFuture<'_, Result<Vec<FoundInstance>, StoreError>> {
        Box::pin(find::finished(&self.database, self.hub, query))
    }

    fn find_children(
        &self,
        parent: InstanceKey,
        after: Option<InstanceKey>,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<FoundInstance>, StoreError>> {
        Box::pin(find::children(&self.database, self.hub, parent, after, limit))
    }

    fn close(&self) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move {
            if self.closed.swap(true, Ordering::AcqRel) {
                return Ok(());
            }
            self.database.leave().await
        })
    }
}

impl Entities for SqliteStore {
    fn scheduled(&self, until: Timestamp, limit: u32) -> BoxFuture<'_, Result<Scheduled, StoreError>> {
        Box::pin(entities::scheduled(&self.database, self.hub, until, limit))
    }

    /// The file's only host answers its clients itself.
    fn take_replies(&self, lease: HostLease) -> BoxFuture<'_, Result<Vec<ClientReply>, StoreError>> {
        Box::pin(async move { self.hub.check_epoch(&self.database, lease).await.map(|()| Vec::new()) })
    }

    fn remove_empty_entities(
        &self,
        lease: HostLease,
        after: Option<InstanceId>,
        limit: u32,
    ) -> BoxFuture<'_, Result<RemovedEntities, StoreError>> {
        Box::pin(entities::remove_empty(&self.database, self.hub, lease, after, limit))
    }
}

/// A file belongs to one process, so that there is nobody to share it with.
impl Hosts for SqliteStore {
    fn sharing(&self) -> Option<Sharing> {
        None
    }

    fn renew(&self, lease: HostLease) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(self.hub.check_epoch(&self.database, lease))
    }

    fn take_over(&self, lease: HostLease) -> BoxFuture<'_, Result<u32, StoreError>> {
        Box::pin(async move { self.hub.check_epoch(&self.database, lease).await.map(|()| 0) })
    }

    fn deregister(&self, lease: HostLease) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(self.hub.deregister(&self.database, lease))
    }

    fn others(&self, lease: HostLease) -> BoxFuture<'_, Result<u32, StoreError>> {
        Box::pin(async move { self.hub.check_epoch(&self.database, lease).await.map(|()| 0) })
    }

    fn set_trial(&self, lease: HostLease, trial: Vec<Work>) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move { suspects::set_trial(&self.database, self.hub, lease, &trial).await })
    }

    fn announce(&self, _: News) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async { Ok(()) })
    }

    fn news(&self) -> BoxStream<'static, News> {
        stream::pending().boxed()
    }

    fn finished(&self, ids: Vec<InstanceId>) -> BoxFuture<'_, Result<Vec<InstanceId>, StoreError>> {
        Box::pin(hosts::finished(&self.database, self.hub, ids))
    }

    fn unread(
        &self,
        lease: HostLease,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<(InstanceKey, MessageId)>, StoreError>> {
        Box::pin(hosts::unread(&self.database, self.hub, lease, limit))
    }

    fn overdue(
        &self,
        lease: HostLease,
        until: Timestamp,
        after: Option<TimerCursor>,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<TimerRow>, StoreError>> {
        Box::pin(async move {
            self.hub.check_epoch(&self.database, lease).await?;
            // What is not this host's is nobody's.
            timers::timers(&self.database, self.hub, until, after, limit).await
        })
    }

    fn leased(&self, lease: HostLease) -> BoxFuture<'_, Result<Vec<TaskRef>, StoreError>> {
        Box::pin(hosts::leased(&self.database, self.hub, lease))
    }

    fn pointless(
        &self,
        lease: HostLease,
        tasks: Vec<TaskRef>,
    ) -> BoxFuture<'_, Result<Vec<TaskRef>, StoreError>> {
        Box::pin(hosts::pointless(&self.database, self.hub, lease, tasks))
    }
}

impl KeyStore for SqliteStore {
    fn keys(&self) -> BoxFuture<'_, Result<Vec<StoredKey>, StoreError>> {
        Box::pin(keys::keys(&self.database, self.hub))
    }

    fn put_key(&self, key: StoredKey) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move { keys::put(&self.database, self.hub, &key).await })
    }

    fn delete_key(&self, scope: KeyScope, name: String) -> BoxFuture<'_, Result<bool, StoreError>> {
        Box::pin(async move { keys::delete(&self.database, self.hub, &scope, &name).await })
    }

    fn secret(&self, name: String, candidate: [u8; 32]) -> BoxFuture<'_, Result<[u8; 32], StoreError>> {
        Box::pin(async move { keys::secret(&self.database, self.hub, &name, candidate).await })
    }
}
