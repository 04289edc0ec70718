//! A store that a test can take away from one host: what a host that is cut off, deaf or dead sees.

use std::{
    ops::Range,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use durable_core::{
    memory::MemoryStore,
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
use futures_util::{
    StreamExt,
    future::BoxFuture,
    stream::{self, BoxStream},
};
use tokio::sync::watch;

/// The connection of one host to the database.
pub struct Link {
    inner: MemoryStore,
    /// Calls do not come back while it is cut.
    cut: watch::Sender<bool>,
    /// Whether nothing is said and nothing heard.
    deaf: AtomicBool,
}

impl Link {
    pub fn new(inner: MemoryStore) -> Arc<Self> {
        Arc::new(Self { inner, cut: watch::Sender::new(false), deaf: AtomicBool::new(false) })
    }

    /// From now on calls wait until the link is mended.
    pub fn cut(&self) {
        self.cut.send_replace(true);
    }

    pub fn mend(&self) {
        self.cut.send_replace(false);
    }

    /// No news any more, in either direction.
    pub fn deafen(&self) {
        self.deaf.store(true, Ordering::Relaxed);
    }

    async fn passage(&self) {
        self.cut.subscribe().wait_for(|cut| !cut).await.expect("the sender is here");
    }
}

macro_rules! pass {
    ($(fn $name:ident($($arg:ident: $type:ty),*) -> $answer:ty;)*) => {
        $(fn $name(&self, $($arg: $type),*) -> BoxFuture<'_, Result<$answer, StoreError>> {
            Box::pin(async move {
                self.passage().await;
                self.inner.$name($($arg),*).await
            })
        })*
    };
}

impl KeyStore for Link {
    pass! {
        fn keys() -> Vec<StoredKey>;
        fn put_key(key: StoredKey) -> ();
        fn delete_key(scope: KeyScope, name: String) -> bool;
        fn secret(name: String, candidate: [u8; 32]) -> [u8; 32];
    }
}

impl Entities for Link {
    pass! {
        fn scheduled(until: Timestamp, limit: u32) -> Scheduled;
        fn take_replies(lease: HostLease) -> Vec<ClientReply>;
        fn remove_empty_entities(lease: HostLease, after: Option<InstanceId>, limit: u32) -> RemovedEntities;
    }
}

impl Hosts for Link {
    fn sharing(&self) -> Option<Sharing> {
        self.inner.sharing()
    }

    fn announce(&self, news: News) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move {
            self.passage().await;
            if self.deaf.load(Ordering::Relaxed) { Ok(()) } else { self.inner.announce(news).await }
        })
    }

    fn news(&self) -> BoxStream<'static, News> {
        if self.deaf.load(Ordering::Relaxed) { stream::pending().boxed() } else { self.inner.news() }
    }

    pass! {
        fn renew(lease: HostLease) -> ();
        fn set_trial(lease: HostLease, work: Vec<Work>) -> ();
        fn take_over(lease: HostLease) -> u32;
        fn deregister(lease: HostLease) -> ();
        fn others(lease: HostLease) -> u32;
        fn finished(ids: Vec<InstanceId>) -> Vec<InstanceId>;
        fn unread(lease: HostLease, limit: u32) -> Vec<(InstanceKey, MessageId)>;
        fn overdue(lease: HostLease, until: Timestamp, after: Option<TimerCursor>, limit: u32) -> Vec<TimerRow>;
        fn leased(lease: HostLease) -> Vec<TaskRef>;
        fn pointless(lease: HostLease, tasks: Vec<TaskRef>) -> Vec<TaskRef>;
    }
}

impl Store for Link {
    pass! {
        fn register(description: String) -> HostLease;
        fn reserve_keys(count: u32) -> Range<i64>;
        fn commit(batch: Arc<Batch>) -> Vec<CommitOutcome>;
        fn claim(lease: HostLease, request: ClaimRequest) -> Claimed;
        fn release(lease: HostLease, tasks: Vec<TaskRef>) -> ();
        fn load(key: InstanceKey) -> Option<Loaded>;
        fn history(key: InstanceKey, generation: u32) -> Vec<HistoryEvent>;
        fn timers(until: Timestamp, after: Option<TimerCursor>, limit: u32) -> Vec<TimerRow>;
        fn status(id: InstanceId, show_input: bool) -> Option<StoredStatus>;
        fn query(query: InstanceQuery) -> Page<InstanceStatus>;
        fn query_entities(query: EntityQuery) -> Page<EntityStatus>;
        fn entity(id: InstanceId) -> Option<EntityStatus>;
        fn find_finished(query: FinishedQuery) -> Vec<FoundInstance>;
        fn find_children(parent: InstanceKey, after: Option<InstanceKey>, limit: u32) -> Vec<FoundInstance>;
        fn close() -> ();
    }
}
