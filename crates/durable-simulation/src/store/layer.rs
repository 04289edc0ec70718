//! A store in front of another one. A layer says which calls it treats differently; all others are passed on.

use std::{ops::Range, sync::Arc};

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
use futures_core::stream::BoxStream;
use futures_util::future::BoxFuture;

pub(crate) type Answer<'a, T> = BoxFuture<'a, Result<T, StoreError>>;

/// What stands between an engine and its store.
pub(crate) trait Layer: Send + Sync + 'static {
    /// To whom calls are passed on.
    fn below(&self) -> &dyn Store;

    fn register(&self, description: String) -> Answer<'_, HostLease> {
        self.below().register(description)
    }
    fn reserve_keys(&self, count: u32) -> Answer<'_, Range<i64>> {
        self.below().reserve_keys(count)
    }
    fn commit(&self, batch: Arc<Batch>) -> Answer<'_, Vec<CommitOutcome>> {
        self.below().commit(batch)
    }
    fn claim(&self, lease: HostLease, request: ClaimRequest) -> Answer<'_, Claimed> {
        self.below().claim(lease, request)
    }
    fn release(&self, lease: HostLease, tasks: Vec<TaskRef>) -> Answer<'_, ()> {
        self.below().release(lease, tasks)
    }
    fn load(&self, key: InstanceKey) -> Answer<'_, Option<Loaded>> {
        self.below().load(key)
    }
    fn history(&self, key: InstanceKey, generation: u32) -> Answer<'_, Vec<HistoryEvent>> {
        self.below().history(key, generation)
    }
    fn timers(&self, until: Timestamp, after: Option<TimerCursor>, limit: u32) -> Answer<'_, Vec<TimerRow>> {
        self.below().timers(until, after, limit)
    }
    fn status(&self, id: InstanceId, input: bool) -> Answer<'_, Option<StoredStatus>> {
        self.below().status(id, input)
    }
    fn entity(&self, id: InstanceId) -> Answer<'_, Option<EntityStatus>> {
        self.below().entity(id)
    }
    fn scheduled(&self, until: Timestamp, limit: u32) -> Answer<'_, Scheduled> {
        self.below().scheduled(until, limit)
    }
    fn take_replies(&self, lease: HostLease) -> Answer<'_, Vec<ClientReply>> {
        self.below().take_replies(lease)
    }
    fn remove_empty_entities(
        &self,
        lease: HostLease,
        after: Option<InstanceId>,
        limit: u32,
    ) -> Answer<'_, RemovedEntities> {
        self.below().remove_empty_entities(lease, after, limit)
    }
    fn find_finished(&self, query: FinishedQuery) -> Answer<'_, Vec<FoundInstance>> {
        self.below().find_finished(query)
    }
    fn find_children(
        &self,
        parent: InstanceKey,
        after: Option<InstanceKey>,
        limit: u32,
    ) -> Answer<'_, Vec<FoundInstance>> {
        self.below().find_children(parent, after, limit)
    }
    fn renew(&self, lease: HostLease) -> Answer<'_, ()> {
        self.below().renew(lease)
    }
    fn take_over(&self, lease: HostLease) -> Answer<'_, u32> {
        self.below().take_over(lease)
    }
    fn deregister(&self, lease: HostLease) -> Answer<'_, ()> {
        self.below().deregister(lease)
    }
    fn others(&self, lease: HostLease) -> Answer<'_, u32> {
        self.below().others(lease)
    }
    fn set_trial(&self, lease: HostLease, trial: Vec<Work>) -> Answer<'_, ()> {
        self.below().set_trial(lease, trial)
    }
    fn announce(&self, news: News) -> Answer<'_, ()> {
        self.below().announce(news)
    }
    fn news(&self) -> BoxStream<'static, News> {
        self.below().news()
    }
    fn finished(&self, ids: Vec<InstanceId>) -> Answer<'_, Vec<InstanceId>> {
        self.below().finished(ids)
    }
    fn pointless(&self, lease: HostLease, tasks: Vec<TaskRef>) -> Answer<'_, Vec<TaskRef>> {
        self.below().pointless(lease, tasks)
    }
    fn unread(&self, lease: HostLease, limit: u32) -> Answer<'_, Vec<(InstanceKey, MessageId)>> {
        self.below().unread(lease, limit)
    }
    fn overdue(
        &self,
        lease: HostLease,
        until: Timestamp,
        after: Option<TimerCursor>,
        limit: u32,
    ) -> Answer<'_, Vec<TimerRow>> {
        self.below().overdue(lease, until, after, limit)
    }
    fn leased(&self, lease: HostLease) -> Answer<'_, Vec<TaskRef>> {
        self.below().leased(lease)
    }
}

/// A layer as a store.
pub(crate) struct Layered<L>(pub(crate) L);

impl<L: Layer> KeyStore for Layered<L> {
    fn keys(&self) -> Answer<'_, Vec<StoredKey>> {
        self.0.below().keys()
    }
    fn put_key(&self, key: StoredKey) -> Answer<'_, ()> {
        self.0.below().put_key(key)
    }
    fn delete_key(&self, scope: KeyScope, name: String) -> Answer<'_, bool> {
        self.0.below().delete_key(scope, name)
    }
    fn secret(&self, name: String, candidate: [u8; 32]) -> Answer<'_, [u8; 32]> {
        self.0.below().secret(name, candidate)
    }
}

impl<L: Layer> Entities for Layered<L> {
    fn scheduled(&self, until: Timestamp, limit: u32) -> Answer<'_, Scheduled> {
        self.0.scheduled(until, limit)
    }
    fn take_replies(&self, lease: HostLease) -> Answer<'_, Vec<ClientReply>> {
        self.0.take_replies(lease)
    }
    fn remove_empty_entities(
        &self,
        lease: HostLease,
        after: Option<InstanceId>,
        limit: u32,
    ) -> Answer<'_, RemovedEntities> {
        self.0.remove_empty_entities(lease, after, limit)
    }
}

impl<L: Layer> Hosts for Layered<L> {
    fn sharing(&self) -> Option<Sharing> {
        self.0.below().sharing()
    }
    fn renew(&self, lease: HostLease) -> Answer<'_, ()> {
        self.0.renew(lease)
    }
    fn take_over(&self, lease: HostLease) -> Answer<'_, u32> {
        self.0.take_over(lease)
    }
    fn deregister(&self, lease: HostLease) -> Answer<'_, ()> {
        self.0.deregister(lease)
    }
    fn others(&self, lease: HostLease) -> Answer<'_, u32> {
        self.0.others(lease)
    }
    fn set_trial(&self, lease: HostLease, trial: Vec<Work>) -> Answer<'_, ()> {
        self.0.set_trial(lease, trial)
    }
    fn announce(&self, news: News) -> Answer<'_, ()> {
        self.0.announce(news)
    }
    fn news(&self) -> BoxStream<'static, News> {
        self.0.news()
    }
    fn finished(&self, ids: Vec<InstanceId>) -> Answer<'_, Vec<InstanceId>> {
        self.0.finished(ids)
    }
    fn pointless(&self, lease: HostLease, tasks: Vec<TaskRef>) -> Answer<'_, Vec<TaskRef>> {
        self.0.pointless(lease, tasks)
    }
    fn unread(&self, lease: HostLease, limit: u32) -> Answer<'_, Vec<(InstanceKey, MessageId)>> {
        self.0.unread(lease, limit)
    }
    fn overdue(
        &self,
        lease: HostLease,
        until: Timestamp,
        after: Option<TimerCursor>,
        limit: u32,
    ) -> Answer<'_, Vec<TimerRow>> {
        self.0.overdue(lease, until, after, limit)
    }
    fn leased(&self, lease: HostLease) -> Answer<'_, Vec<TaskRef>> {
        self.0.leased(lease)
    }
}

impl<L: Layer> Store for Layered<L> {
    fn register(&self, description: String) -> Answer<'_, HostLease> {
        self.0.register(description)
    }
    fn reserve_keys(&self, count: u32) -> Answer<'_, Range<i64>> {
        self.0.reserve_keys(count)
    }
    fn commit(&self, batch: Arc<Batch>) -> Answer<'_, Vec<CommitOutcome>> {
        self.0.commit(batch)
    }
    fn claim(&self, lease: HostLease, request: ClaimRequest) -> Answer<'_, Claimed> {
        self.0.claim(lease, request)
    }
    fn release(&self, lease: HostLease, tasks: Vec<TaskRef>) -> Answer<'_, ()> {
        self.0.release(lease, tasks)
    }
    fn load(&self, key: InstanceKey) -> Answer<'_, Option<Loaded>> {
        self.0.load(key)
    }
    fn history(&self, key: InstanceKey, generation: u32) -> Answer<'_, Vec<HistoryEvent>> {
        self.0.history(key, generation)
    }
    fn timers(&self, until: Timestamp, after: Option<TimerCursor>, limit: u32) -> Answer<'_, Vec<TimerRow>> {
        self.0.timers(until, after, limit)
    }
    fn status(&self, id: InstanceId, input: bool) -> Answer<'_, Option<StoredStatus>> {
        self.0.status(id, input)
    }
    fn query(&self, query: InstanceQuery) -> Answer<'_, Page<InstanceStatus>> {
        self.0.below().query(query)
    }
    fn query_entities(&self, query: EntityQuery) -> Answer<'_, Page<EntityStatus>> {
        self.0.below().query_entities(query)
    }
    fn entity(&self, id: InstanceId) -> Answer<'_, Option<EntityStatus>> {
        self.0.entity(id)
    }
    fn find_finished(&self, query: FinishedQuery) -> Answer<'_, Vec<FoundInstance>> {
        self.0.find_finished(query)
    }
    fn find_children(
        &self,
        parent: InstanceKey,
        after: Option<InstanceKey>,
        limit: u32,
    ) -> Answer<'_, Vec<FoundInstance>> {
        self.0.find_children(parent, after, limit)
    }
    fn close(&self) -> Answer<'_, ()> {
        self.0.below().close()
    }
}
