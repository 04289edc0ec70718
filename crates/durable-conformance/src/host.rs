//! One registered host: the store's calls in the short form that behaviours are written in.
//!
//! Errors of the store end the behaviour, except in the calls that begin with `try`.

use std::sync::Arc;

use durable_core::{
    model::{HostLease, InstanceKey, Loaded, MessageId, TaskRef, TimerRow},
    store::{
        Batch, ClaimRequest, Claimed, Commit, CommitOutcome, Delivery, Found, Store, StoreError,
        StoredStatus, TurnDone,
    },
};
use fnhost_protocol::{
    history::HistoryEvent,
    ids::InstanceId,
    status::{EntityStatus, InstanceQuery, InstanceStatus, Page},
    time::Timestamp,
};

use crate::build::{Turn, at, event, label, labels, orchestration, send, start, to, turn};

/// A store and the lease under which it is used.
#[derive(Clone)]
pub(crate) struct Host {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) lease: HostLease,
}

/// The value of a store call that must not fail.
pub(crate) fn ok<T>(call: &str, result: Result<T, StoreError>) -> T {
    result.unwrap_or_else(|error| panic!("failed to {call}: {error}"))
}

impl Host {
    pub(crate) async fn register(store: Arc<dyn Store>) -> Self {
        let lease = ok("register", store.register("conformance".to_owned()).await);
        Self { store, lease }
    }

    /// The same store under a new epoch.
    pub(crate) async fn register_again(&self) -> Self {
        Self::register(Arc::clone(&self.store)).await
    }

    pub(crate) async fn close(&self) {
        ok("close", self.store.close().await);
    }

    /// A reserved instance key.
    pub(crate) async fn key(&self) -> InstanceKey {
        InstanceKey(ok("reserve a key", self.store.reserve_keys(1).await).start)
    }

    /// So many reserved instance keys.
    pub(crate) async fn keys(&self, count: u32) -> Vec<InstanceKey> {
        ok("reserve keys", self.store.reserve_keys(count).await).map(InstanceKey).collect()
    }

    pub(crate) async fn try_batch(
        &self,
        now: Timestamp,
        commits: Vec<Commit>,
    ) -> Result<Vec<CommitOutcome>, StoreError> {
        self.store.commit(Arc::new(Batch { lease: self.lease, now, commits })).await
    }

    /// Commits items in one batch, written at `now`.
    pub(crate) async fn batch_at(&self, now: Timestamp, commits: Vec<Commit>) -> Vec<CommitOutcome> {
        let items = commits.len();
        let outcomes = ok("commit", self.try_batch(now, commits).await);
        assert_eq!(outcomes.len(), items, "one outcome per item");
        outcomes
    }

    /// Commits items in one batch.
    pub(crate) async fn batch(&self, commits: Vec<Commit>) -> Vec<CommitOutcome> {
        self.batch_at(at(0), commits).await
    }

    /// Commits one item alone.
    pub(crate) async fn commit(&self, commit: impl Into<Commit>) -> CommitOutcome {
        self.batch(vec![commit.into()]).await.remove(0)
    }

    /// Commits a turn that must pass.
    pub(crate) async fn turn(&self, turn: Turn) -> TurnDone {
        match self.commit(turn).await {
            CommitOutcome::Turn(done) => done,
            other => panic!("the turn should have been committed, but the outcome is {other:?}"),
        }
    }

    /// Starts an orchestration with a message from outside, its code has not run.
    pub(crate) async fn pending(&self, id: &str) -> InstanceKey {
        let key = self.key().await;
        match self.commit(start(orchestration(key, id))).await {
            CommitOutcome::Started(delivery) => assert_eq!(delivery.key, key),
            other => panic!("`{id}` should have been started, but the outcome is {other:?}"),
        }
        key
    }

    /// An orchestration that has had one turn and waits, nobody's.
    pub(crate) async fn running(&self, id: &str) -> InstanceKey {
        let key = self.pending(id).await;
        let consumed = self.message_ids(key).await;
        self.turn(turn(key).consumes(consumed)).await;
        key
    }

    /// An orchestration that has completed in its second turn.
    pub(crate) async fn finished(&self, id: &str) -> InstanceKey {
        let key = self.running(id).await;
        self.turn(turn(key).after(1).completes("\"done\"")).await;
        key
    }

    /// Raises an event from outside.
    pub(crate) async fn raise(&self, id: &str, name: &str) -> CommitOutcome {
        self.commit(send(to(id), event(name))).await
    }

    /// Raises an event that must be delivered.
    pub(crate) async fn raised(&self, id: &str, name: &str) -> Delivery {
        match self.raise(id, name).await {
            CommitOutcome::Sent(delivery) => delivery,
            other => panic!("`{name}` should have reached `{id}`, but the outcome is {other:?}"),
        }
    }

    pub(crate) async fn try_load(&self, key: InstanceKey) -> Option<Loaded> {
        ok("load", self.store.load(key).await)
    }

    /// Loads an instance that must be there.
    pub(crate) async fn load(&self, key: InstanceKey) -> Loaded {
        self.try_load(key).await.unwrap_or_else(|| panic!("there should be an instance with key {}", key.0))
    }

    /// What waits in an inbox: labels in order.
    pub(crate) async fn inbox(&self, key: InstanceKey) -> Vec<String> {
        self.load(key).await.inbox.iter().map(|(_, message)| label(message)).collect()
    }

    /// What waits in an inbox: ids in order.
    pub(crate) async fn message_ids(&self, key: InstanceKey) -> Vec<MessageId> {
        self.load(key).await.inbox.into_iter().map(|(id, _)| id).collect()
    }

    pub(crate) async fn history(&self, key: InstanceKey, generation: u32) -> Vec<HistoryEvent> {
        ok("read the history", self.store.history(key, generation).await)
    }

    /// The history of the first execution: labels in order.
    pub(crate) async fn recorded(&self, key: InstanceKey) -> Vec<String> {
        labels(&self.history(key, 0).await)
    }

    pub(crate) async fn claim(&self, instances: u32, tasks: u32) -> Claimed {
        ok("claim", self.store.claim(self.lease, ClaimRequest { instances, tasks }).await)
    }

    /// Claims activities and tells their names and attempts.
    pub(crate) async fn claim_tasks(&self, tasks: u32) -> Vec<(String, u32)> {
        self.claim(0, tasks).await.tasks.into_iter().map(|task| (task.name, task.attempt)).collect()
    }

    /// Claims instances.
    pub(crate) async fn claim_instances(&self, instances: u32) -> Vec<InstanceKey> {
        self.claim(instances, 0).await.instances
    }

    pub(crate) async fn release(&self, tasks: Vec<TaskRef>) {
        ok("release", self.store.release(self.lease, tasks).await);
    }

    /// What waits for this host's instances.
    pub(crate) async fn unread(&self, limit: u32) -> Vec<(InstanceKey, MessageId)> {
        ok("look for messages", self.store.unread(self.lease, limit).await)
    }

    /// Activities that this host has leased, in order.
    pub(crate) async fn leased(&self) -> Vec<TaskRef> {
        let mut leased = ok("look for leases", self.store.leased(self.lease).await);
        leased.sort();
        leased
    }

    /// Takes over from the dead; how many there were.
    pub(crate) async fn take_over(&self) -> u32 {
        ok("take over", self.store.take_over(self.lease).await)
    }

    /// How many other hosts live.
    pub(crate) async fn others(&self) -> u32 {
        ok("look for others", self.store.others(self.lease).await)
    }

    /// Gives everything back, as a host that stops.
    pub(crate) async fn deregister(&self) {
        ok("deregister", self.store.deregister(self.lease).await);
    }

    /// Timers due at `until`, all of them.
    pub(crate) async fn timers(&self, until: Timestamp) -> Vec<TimerRow> {
        ok("read timers", self.store.timers(until, None, 1_000).await)
    }

    pub(crate) async fn try_stored(&self, id: &str, show_input: bool) -> Option<StoredStatus> {
        ok("read a status", self.store.status(InstanceId::from_stored(id), show_input).await)
    }

    /// The status and where to read more, of an orchestration that must be there.
    pub(crate) async fn stored(&self, id: &str, show_input: bool) -> StoredStatus {
        self.try_stored(id, show_input).await.unwrap_or_else(|| panic!("there should be an instance `{id}`"))
    }

    /// The status with its input, if there is such an orchestration.
    pub(crate) async fn try_status(&self, id: &str) -> Option<InstanceStatus> {
        self.try_stored(id, true).await.map(|stored| stored.status)
    }

    /// The status, with its input, of an orchestration that must be there.
    pub(crate) async fn status(&self, id: &str) -> InstanceStatus {
        self.stored(id, true).await.status
    }

    pub(crate) async fn query(&self, query: InstanceQuery) -> Page<InstanceStatus> {
        ok("query instances", self.store.query(query).await)
    }

    /// Ids that a query of one page finds.
    pub(crate) async fn found(&self, query: InstanceQuery) -> Vec<String> {
        let page = self.query(query).await;
        page.items.iter().map(|status| status.instance.to_string()).collect()
    }

    pub(crate) async fn entity(&self, id: &str) -> Option<EntityStatus> {
        ok("read an entity", self.store.entity(InstanceId::from_stored(id)).await)
    }

    /// That no row of an instance is left.
    pub(crate) async fn assert_gone(&self, key: InstanceKey, id: &str) {
        assert_eq!(self.try_load(key).await, None, "the row of `{id}`");
        assert_eq!(self.history(key, 0).await, [], "history of `{id}`");
        let timers = self.timers(Timestamp::MAX).await;
        assert!(timers.iter().all(|row| row.timer.instance != key), "timers of `{id}`: {timers:?}");
        let claimed = self.claim(u32::MAX, u32::MAX).await;
        assert!(claimed.tasks.iter().all(|task| task.task.instance != key), "activities of `{id}`");
        assert!(!claimed.instances.contains(&key), "messages of `{id}`");
    }

    /// That an id belongs to no instance.
    pub(crate) async fn assert_unknown(&self, id: &str) {
        assert_eq!(self.try_status(id).await, None);
        assert_eq!(self.raise(id, "anybody").await, CommitOutcome::Refused(Found::Nothing));
    }
}
