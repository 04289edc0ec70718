//! The contract's calls, each passed on to the file that does it.

use std::{
    ops::Range,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use futures_util::{future::BoxFuture, stream::BoxStream};

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
    company::Company,
    database::Database,
    entities,
    error::OpenError,
    find, hosts,
    hub::{self, Hub},
    keys, load,
    notify::{self, Announcer},
    options::Options,
    query, suspects, timers,
};

/// One task hub in a Postgres database, as one host sees it.
#[derive(Debug)]
pub struct PostgresStore {
    database: Database,
    hub: Arc<Hub>,
    /// Where hosts of this hub tell each other.
    channel: String,
    company: Arc<Company>,
    announcer: Announcer,
    closed: AtomicBool,
}

impl PostgresStore {
    /// Opens a database, whose schema is brought up to date, and a task hub in it.
    ///
    /// # Errors
    /// It cannot be reached for as long as patience lasts, is a pooler in transaction mode, has a schema of a later
    /// build or of another program; or Postgres refuses.
    pub async fn open(options: Options) -> Result<Self, OpenError> {
        let database = Database::open(&options).await?;
        let hub = Hub::open(&database, &options.hub)
            .await
            .map_err(|source| OpenError::Store { place: database.place.clone(), source })?;
        let hub = Arc::new(hub);
        let channel = notify::channel(database.schema, hub.id);
        let company = Arc::new(Company::default());
        let announcer = Announcer::start(database.pulse.clone(), channel.clone(), Arc::clone(&company), {
            let hub = Arc::clone(&hub);
            move || hub.host()
        });
        Ok(Self { database, hub, channel, company, announcer, closed: AtomicBool::new(false) })
    }

    /// The open database.
    pub(crate) fn database(&self) -> &Database {
        &self.database
    }

    /// The task hub.
    pub(crate) fn hub(&self) -> &Hub {
        &self.hub
    }

    /// Where the database is: its address without user and password.
    pub fn place(&self) -> &str {
        &self.database.place
    }
}

impl Store for PostgresStore {
    fn register(&self, description: String) -> BoxFuture<'_, Result<HostLease, StoreError>> {
        Box::pin(async move {
            let lease = self.hub.register(&self.database, &description).await?;
            notify::greet(&self.database.pulse, &self.channel, lease.host).await;
            Ok(lease)
        })
    }

    fn reserve_keys(&self, count: u32) -> BoxFuture<'_, Result<Range<i64>, StoreError>> {
        Box::pin(hub::reserve_keys(&self.database, count))
    }

    fn commit(&self, batch: Arc<Batch>) -> BoxFuture<'_, Result<Vec<CommitOutcome>, StoreError>> {
        Box::pin(async move { commit::commit(&self.database, &self.hub, &batch).await })
    }

    fn claim(&self, lease: HostLease, request: ClaimRequest) -> BoxFuture<'_, Result<Claimed, StoreError>> {
        Box::pin(claim::claim(&self.database, &self.hub, lease, request))
    }

    fn release(&self, lease: HostLease, tasks: Vec<TaskRef>) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move { claim::release(&self.database, &self.hub, lease, &tasks).await })
    }

    fn load(&self, key: InstanceKey) -> BoxFuture<'_, Result<Option<Loaded>, StoreError>> {
        Box::pin(load::load(&self.database, &self.hub, key))
    }

    fn history(
        &self,
        key: InstanceKey,
        generation: u32,
    ) -> BoxFuture<'_, Result<Vec<HistoryEvent>, StoreError>> {
        Box::pin(load::history(&self.database, &self.hub, key, generation))
    }

    fn timers(
        &self,
        until: Timestamp,
        after: Option<TimerCursor>,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<TimerRow>, StoreError>> {
        Box::pin(timers::timers(&self.database, &self.hub, until, after, limit))
    }

    fn status(
        &self,
        id: InstanceId,
        show_input: bool,
    ) -> BoxFuture<'_, Result<Option<StoredStatus>, StoreError>> {
        Box::pin(async move { query::status(&self.database, &self.hub, &id, show_input).await })
    }

    fn query(&self, query: InstanceQuery) -> BoxFuture<'_, Result<Page<InstanceStatus>, StoreError>> {
        Box::pin(async move { query::instances(&self.database, &self.hub, &query).await })
    }

    fn query_entities(&self, query: EntityQuery) -> BoxFuture<'_, Result<Page<EntityStatus>, StoreError>> {
        Box::pin(async move { query::entities(&self.database, &self.hub, &query).await })
    }

    fn entity(&self, id: InstanceId) -> BoxFuture<'_, Result<Option<EntityStatus>, StoreError>> {
        Box::pin(async move { query::entity(&self.database, &self.hub, &id).await })
    }

    fn find_finished(&self, query: FinishedQuery) -> BoxFuture<'_, Result<Vec<FoundInstance>, StoreError>> {
        Box::pin(find::finished(&self.database, &self.hub, query))
    }

    fn find_children(
        &self,
        parent: InstanceKey,
        after: Option<InstanceKey>,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<FoundInstance>, StoreError>> {
        Box::pin(find::children(&self.database, &self.hub, parent, after, limit))
    }

    fn close(&self) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move {
            if self.closed.swap(true, Ordering::AcqRel) {
                return Ok(());
            }
            self.database.close().await
        })
    }
}

impl Hosts for PostgresStore {
    fn sharing(&self) -> Option<Sharing> {
        Some(Sharing { lease: self.database.lease })
    }

    fn renew(&self, lease: HostLease) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(hosts::renew(&self.database, &self.hub, &self.company, lease))
    }

    fn take_over(&self, lease: HostLease) -> BoxFuture<'_, Result<u32, StoreError>> {
        Box::pin(hosts::take_over(&self.database, &self.hub, lease))
    }

    fn deregister(&self, lease: HostLease) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(hosts::deregister(&self.database, &self.hub, lease))
    }

    fn others(&self, lease: HostLease) -> BoxFuture<'_, Result<u32, StoreError>> {
        Box::pin(hosts::others(&self.database, &self.hub, lease))
    }

    fn set_trial(&self, lease: HostLease, trial: Vec<Work>) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move { suspects::set_trial(&self.database, &self.hub, lease, &trial).await })
    }

    fn announce(&self, news: News) -> BoxFuture<'_, Result<(), StoreError>> {
        self.announcer.announce(news);
        Box::pin(async { Ok(()) })
    }

    fn news(&self) -> BoxStream<'static, News> {
        let hub = Arc::clone(&self.hub);
        let company = Arc::clone(&self.company);
        notify::listen(self.database.ears.clone(), self.channel.clone(), company, move || hub.host())
    }

    fn finished(&self, ids: Vec<InstanceId>) -> BoxFuture<'_, Result<Vec<InstanceId>, StoreError>> {
        Box::pin(hosts::finished(&self.database, &self.hub, ids))
    }

    fn unread(
        &self,
        lease: HostLease,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<(InstanceKey, MessageId)>, StoreError>> {
        Box::pin(hosts::unread(&self.database, &self.hub, lease, limit))
    }

    fn overdue(
        &self,
        lease: HostLease,
        until: Timestamp,
        after: Option<TimerCursor>,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<TimerRow>, StoreError>> {
        Box::pin(timers::overdue(&self.database, &self.hub, lease, until, after, limit))
    }

    fn leased(&self, lease: HostLease) -> BoxFuture<'_, Result<Vec<TaskRef>, StoreError>> {
        Box::pin(hosts::leased(&self.database, &self.hub, lease))
    }

    fn pointless(
        &self,
        lease: HostLease,
        tasks: Vec<TaskRef>,
    ) -> BoxFuture<'_, Result<Vec<TaskRef>, StoreError>> {
        Box::pin(async move { hosts::pointless(&self.database, &self.hub, lease, &tasks).await })
    }
}

impl Entities for PostgresStore {
    fn scheduled(&self, until: Timestamp, limit: u32) -> BoxFuture<'_, Result<Scheduled, StoreError>> {
        Box::pin(entities::scheduled(&self.database, &self.hub, until, limit))
    }

    fn take_replies(&self, lease: HostLease) -> BoxFuture<'_, Result<Vec<ClientReply>, StoreError>> {
        Box::pin(entities::take_replies(&self.database, &self.hub, lease))
    }

    fn remove_empty_entities(
        &self,
        lease: HostLease,
        after: Option<InstanceId>,
        limit: u32,
    ) -> BoxFuture<'_, Result<RemovedEntities, StoreError>> {
        Box::pin(entities::remove_empty(&self.database, &self.hub, lease, after, limit))
    }
}

impl KeyStore for PostgresStore {
    fn keys(&self) -> BoxFuture<'_, Result<Vec<StoredKey>, StoreError>> {
        Box::pin(keys::keys(&self.database, &self.hub))
    }

    fn put_key(&self, key: StoredKey) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move { keys::put(&self.database, &self.hub, &key).await })
    }

    fn delete_key(&self, scope: KeyScope, name: String) -> BoxFuture<'_, Result<bool, StoreError>> {
        Box::pin(async move { keys::delete(&self.database, &self.hub, &scope, &name).await })
    }

    fn secret(&self, name: String, candidate: [u8; 32]) -> BoxFuture<'_, Result<[u8; 32], StoreError>> {
        Box::pin(async move { keys::secret(&self.database, &self.hub, &name, candidate).await })
    }
}
