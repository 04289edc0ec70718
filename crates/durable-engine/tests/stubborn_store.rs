//! The engine on a store that does not do what it is asked.

#![expect(clippy::unwrap_used, reason = "what a test cannot go on without")]

use std::{
    ops::Range,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use durable_core::{
    memory::MemoryStore,
    message::Message,
    model::{
        HostLease, InstanceKey, InstanceKind, LeasedTask, Loaded, MessageId, NewInstance, TaskRef, TimerRow,
    },
    store::{
        Batch, ClaimRequest, Claimed, ClientReply, Commit, CommitOutcome, Entities, FinishedQuery,
        FoundInstance, Hosts, KeyScope, KeyStore, News, RemovedEntities, Scheduled, Sharing, StartCommit,
        Store, StoreError, StoredKey, StoredStatus, TimerCursor,
    },
    suspicion::Work,
};
use durable_engine::{Engine, Executor, Options, clock::SystemClock};
use fnhost_protocol::{
    action::Action,
    client::StartRequest,
    entity::{EntityBatch, EntityOutcome},
    failure::Failure,
    history::HistoryEvent,
    ids::InstanceId,
    json::JsonText,
    status::{EntityQuery, EntityStatus, InstanceQuery, InstanceStatus, Page},
    time::Timestamp,
    turn::{Turn, TurnOutcome},
};
use futures_util::{
    future::{BoxFuture, ready},
    stream::BoxStream,
};

/// Answers every commit with this error, and counts them.
struct Stubborn {
    inner: MemoryStore,
    error: fn(String) -> StoreError,
    commits: AtomicUsize,
}

impl KeyStore for Stubborn {
    fn keys(&self) -> BoxFuture<'_, Result<Vec<StoredKey>, StoreError>> {
        self.inner.keys()
    }
    fn put_key(&self, key: StoredKey) -> BoxFuture<'_, Result<(), StoreError>> {
        self.inner.put_key(key)
    }
    fn delete_key(&self, scope: KeyScope, name: String) -> BoxFuture<'_, Result<bool, StoreError>> {
        self.inner.delete_key(scope, name)
    }
    fn secret(&self, name: String, candidate: [u8; 32]) -> BoxFuture<'_, Result<[u8; 32], StoreError>> {
        self.inner.secret(name, candidate)
    }
}

impl Entities for Stubborn {
    fn scheduled(&self, until: Timestamp, limit: u32) -> BoxFuture<'_, Result<Scheduled, StoreError>> {
        self.inner.scheduled(until, limit)
    }
    fn take_replies(&self, lease: HostLease) -> BoxFuture<'_, Result<Vec<ClientReply>, StoreError>> {
        self.inner.take_replies(lease)
    }
    fn remove_empty_entities(
        &self,
        lease: HostLease,
        after: Option<InstanceId>,
        limit: u32,
    ) -> BoxFuture<'_, Result<RemovedEntities, StoreError>> {
        self.inner.remove_empty_entities(lease, after, limit)
    }
}

impl Hosts for Stubborn {
    fn sharing(&self) -> Option<Sharing> {
        self.inner.sharing()
    }
    fn renew(&self, lease: HostLease) -> BoxFuture<'_, Result<(), StoreError>> {
        self.inner.renew(lease)
    }
    fn take_over(&self, lease: HostLease) -> BoxFuture<'_, Result<u32, StoreError>> {
        self.inner.take_over(lease)
    }
    fn deregister(&self, lease: HostLease) -> BoxFuture<'_, Result<(), StoreError>> {
        self.inner.deregister(lease)
    }
    fn others(&self, lease: HostLease) -> BoxFuture<'_, Result<u32, StoreError>> {
        self.inner.others(lease)
    }
    fn set_trial(&self, lease: HostLease, trial: Vec<Work>) -> BoxFuture<'_, Result<(), StoreError>> {
        self.inner.set_trial(lease, trial)
    }
    fn announce(&self, news: News) -> BoxFuture<'_, Result<(), StoreError>> {
        self.inner.announce(news)
    }
    fn news(&self) -> BoxStream<'static, News> {
        self.inner.news()
    }
    fn finished(&self, ids: Vec<InstanceId>) -> BoxFuture<'_, Result<Vec<InstanceId>, StoreError>> {
        self.inner.finished(ids)
    }
    fn unread(
        &self,
        lease: HostLease,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<(InstanceKey, MessageId)>, StoreError>> {
        self.inner.unread(lease, limit)
    }
    fn overdue(
        &self,
        lease: HostLease,
        until: Timestamp,
        after: Option<TimerCursor>,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<TimerRow>, StoreError>> {
        self.inner.overdue(lease, until, after, limit)
    }
    fn leased(&self, lease: HostLease) -> BoxFuture<'_, Result<Vec<TaskRef>, StoreError>> {
        self.inner.leased(lease)
    }
    fn pointless(
        &self,
        lease: HostLease,
        tasks: Vec<TaskRef>,
    ) -> BoxFuture<'_, Result<Vec<TaskRef>, StoreError>> {
        self.inner.pointless(lease, tasks)
    }
}

impl Store for Stubborn {
    fn register(&self, description: String) -> BoxFuture<'_, Result<HostLease, StoreError>> {
        self.inner.register(description)
    }
    fn reserve_keys(&self, count: u32) -> BoxFuture<'_, Result<Range<i64>, StoreError>> {
        self.inner.reserve_keys(count)
    }
    fn commit(&self, _: Arc<Batch>) -> BoxFuture<'_, Result<Vec<CommitOutcome>, StoreError>> {
        self.commits.fetch_add(1, Ordering::Relaxed);
        Box::pin(ready(Err((self.error)("as asked".to_owned()))))
    }
    fn claim(&self, lease: HostLease, request: ClaimRequest) -> BoxFuture<'_, Result<Claimed, StoreError>> {
        self.inner.claim(lease, request)
    }
    fn release(&self, lease: HostLease, tasks: Vec<TaskRef>) -> BoxFuture<'_, Result<(), StoreError>> {
        self.inner.release(lease, tasks)
    }
    fn load(&self, key: InstanceKey) -> BoxFuture<'_, Result<Option<Loaded>, StoreError>> {
        self.inner.load(key)
    }
    fn history(
        &self,
        key: InstanceKey,
        generation: u32,
    ) -> BoxFuture<'_, Result<Vec<HistoryEvent>, StoreError>> {
        self.inner.history(key, generation)
    }
    fn timers(
        &self,
        until: Timestamp,
        after: Option<TimerCursor>,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<TimerRow>, StoreError>> {
        self.inner.timers(until, after, limit)
    }
    fn status(&self, id: InstanceId, input: bool) -> BoxFuture<'_, Result<Option<StoredStatus>, StoreError>> {
        self.inner.status(id, input)
    }
    fn query(&self, query: InstanceQuery) -> BoxFuture<'_, Result<Page<InstanceStatus>, StoreError>> {
        self.inner.query(query)
    }
    fn query_entities(&self, query: EntityQuery) -> BoxFuture<'_, Result<Page<EntityStatus>, StoreError>> {
        self.inner.query_entities(query)
    }
    fn entity(&self, id: InstanceId) -> BoxFuture<'_, Result<Option<EntityStatus>, StoreError>> {
        self.inner.entity(id)
    }
    fn find_finished(&self, query: FinishedQuery) -> BoxFuture<'_, Result<Vec<FoundInstance>, StoreError>> {
        self.inner.find_finished(query)
    }
    fn find_children(
        &self,
        parent: InstanceKey,
        after: Option<InstanceKey>,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<FoundInstance>, StoreError>> {
        self.inner.find_children(parent, after, limit)
    }
    fn close(&self) -> BoxFuture<'_, Result<(), StoreError>> {
        self.inner.close()
    }
}

/// Every orchestrator ends at once.
struct AtOnce;

impl Executor for AtOnce {
    fn resolve(&self, _: InstanceKind, name: &str) -> Result<Arc<str>, String> {
        Ok(name.into())
    }
    fn turn(&self, _: Turn) -> BoxFuture<'static, Result<TurnOutcome, Failure>> {
        Box::pin(ready(Ok(TurnOutcome::Actions(vec![Action::Complete { result: JsonText::null() }]))))
    }
    fn entity(&self, _: EntityBatch) -> BoxFuture<'static, Result<EntityOutcome, Failure>> {
        Box::pin(ready(Err(Failure::new("Test", "there are no entities"))))
    }
    fn task(&self, _: LeasedTask) -> BoxFuture<'static, Result<JsonText, Failure>> {
        Box::pin(ready(Err(Failure::new("Test", "there are no activities"))))
    }
}

async fn scene(error: fn(String) -> StoreError) -> (Arc<Stubborn>, Engine) {
    let store = Arc::new(Stubborn { inner: MemoryStore::new(), error, commits: AtomicUsize::new(0) });
    let engine =
        Engine::start(store.clone(), Arc::new(AtOnce), Arc::new(SystemClock), Options::default()).await;
    (store, engine.unwrap())
}

fn request() -> StartRequest {
    StartRequest { function: "f".to_owned(), instance: None, input: JsonText::null() }
}

/// A host that was told to stop waited for a busy store for ever, whatever its patience.
#[tokio::test]
async fn a_host_stops_although_its_store_stays_busy() {
    let (_, engine) = scene(StoreError::Retry).await;
    let client = engine.client();
    let started = tokio::spawn(async move { client.start(request()).await });
    tokio::time::sleep(Duration::from_millis(50)).await;
    let stopped = tokio::time::timeout(Duration::from_secs(10), engine.stop(ready(()))).await;
    assert!(!stopped.expect("it stops").unwrap(), "something was cut off");
    assert!(started.await.unwrap().is_err(), "nothing was written");
}

/// What could not be told to be written was written again at once, thousands of times a second.
#[tokio::test]
async fn a_store_that_loses_every_commit_is_not_asked_without_a_pause() {
    let (store, engine) = scene(StoreError::UnknownOutcome).await;
    let client = engine.client();
    for _ in 0..3 {
        assert!(client.start(request()).await.is_err());
    }
    // A start is tried three times: its key makes that harmless.
    assert!(store.commits.load(Ordering::Relaxed) <= 9);
    let began = std::time::Instant::now();
    assert!(client.start(request()).await.is_err());
    assert!(began.elapsed() >= Duration::from_millis(50), "{:?}", began.elapsed());
    engine.stop(ready(())).await.unwrap();
}

/// Work that the store refused for good was tried for ever at the same pace, with a line in the log each time.
#[tokio::test(start_paused = true)]
async fn refused_work_is_shown_and_tried_at_a_growing_distance() {
    let store = Arc::new(Stubborn {
        inner: MemoryStore::new(),
        error: StoreError::Permanent,
        commits: AtomicUsize::new(0),
    });
    // A message is waiting, so that there is a turn that no client waits for.
    let lease = store.inner.register("test".to_owned()).await.unwrap();
    let instance = NewInstance {
        key: InstanceKey(1),
        id: InstanceId::parse("one").unwrap(),
        kind: InstanceKind::Orchestration,
        name: "f".to_owned(),
        input: None,
        parent: None,
    };
    let message = Message::Start { input: JsonText::null(), parent: None };
    let start = Commit::Start(StartCommit { instance, replace: false, message });
    let batch = Batch { lease, now: Timestamp::EPOCH, commits: vec![start] };
    store.inner.commit(Arc::new(batch)).await.unwrap();
    let engine = Engine::start(store.clone(), Arc::new(AtOnce), Arc::new(SystemClock), Options::default())
        .await
        .unwrap();
    tokio::time::sleep(Duration::from_secs(600)).await;
    let health = engine.client().health();
    assert!(health.has_lease);
    assert_eq!((health.refused.len(), health.refused[0].instance), (1, InstanceKey(1)));
    // After 0, 2, 6, 14, 30 and 62 seconds, and then once a minute.
    assert_eq!(health.refused[0].tries, 6 + 8);
    assert_eq!(store.commits.load(Ordering::Relaxed), 14);
    engine.stop(ready(())).await.unwrap();
}
