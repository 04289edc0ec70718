//! The trait that a store implements.

use std::{ops::Range, sync::Arc};

use futures_core::future::BoxFuture;

use fnhost_protocol::{
    history::HistoryEvent,
    ids::InstanceId,
    status::{EntityQuery, EntityStatus, InstanceQuery, InstanceStatus, Page},
    time::Timestamp,
};

use crate::{
    model::{HostLease, InstanceKey, LeasedTask, Loaded, TaskRef, TimerRow},
    store::{Batch, CommitOutcome, Entities, FinishedQuery, FoundInstance, Hosts, KeyStore, StoreError},
};

/// At most so many items are on one page of a query, whatever it asks for; also the size of a page for which
/// nothing is asked.
pub const MAX_PAGE: u32 = 1_000;

/// At most so many bytes of payload are on one page of a query: inputs, outputs, failures and custom statuses of
/// orchestrations, states of entities, as far as the query shows them, in their stored form. The page ends before
/// the item that would pass it; the first item is on it whatever its size.
pub const MAX_PAGE_BYTES: usize = 4 * 1024 * 1024;

/// Where durable state is kept. One value serves one task hub; other hubs in the same database do not exist for
/// it.
///
/// Every call may be made from many tasks at once, except that the engine makes one [`commit`](Self::commit) at a
/// time. All-or-nothing: `commit` and `claim`. Everything else only reads. Implementations validate what they
/// read back: a row that cannot be understood is [`StoreError::Permanent`], named, never skipped.
pub trait Store: KeyStore + Hosts + Entities {
    /// Registers this process as a host under a new epoch. A store that can prove every earlier host dead (by an
    /// operating-system lock) makes all leases void here, counting one attempt for what was leased and, unless the
    /// host before has [deregistered](Hosts::deregister), its death against what was in flight.
    fn register(&self, description: String) -> BoxFuture<'_, Result<HostLease, StoreError>>;

    /// Reserves instance keys for this process alone.
    fn reserve_keys(&self, count: u32) -> BoxFuture<'_, Result<Range<i64>, StoreError>>;

    /// Writes a batch in one transaction, in the stages that [`Batch`]'s module draws, and answers one outcome
    /// per item. On `Err` nothing was changed, except for [`StoreError::UnknownOutcome`]: then it is written or not, or
    /// still on its way. What is on its way arrives before the next batch of its lease is looked at, or never, so
    /// that what is written again (a turn, a result, a start under its key) is never followed by its first try.
    /// Under an epoch that is over, the whole batch is [`StoreError::LeaseLost`].
    fn commit(&self, batch: Arc<Batch>) -> BoxFuture<'_, Result<Vec<CommitOutcome>, StoreError>>;

    /// Takes work that nobody has: instances with a message (oldest message first) and queued activities (oldest
    /// first; leased, attempt counted). Under an epoch that is over: [`StoreError::LeaseLost`]. What a claim has taken
    /// whose outcome is unknown, no later one finds: [`leased`](Hosts::leased) and [`unread`](Hosts::unread) show it,
    /// on every store.
    fn claim(&self, lease: HostLease, request: ClaimRequest) -> BoxFuture<'_, Result<Claimed, StoreError>>;

    /// Gives leased activities back unstarted: unowned, in their old place, the attempt not counted. What is not
    /// leased to this host is passed over.
    fn release(&self, lease: HostLease, tasks: Vec<TaskRef>) -> BoxFuture<'_, Result<(), StoreError>>;

    /// Reads an instance with its inbox; `None` when it is gone.
    fn load(&self, key: InstanceKey) -> BoxFuture<'_, Result<Option<Loaded>, StoreError>>;

    /// The history of one execution, in order; empty when there is none (any more).
    fn history(
        &self,
        key: InstanceKey,
        generation: u32,
    ) -> BoxFuture<'_, Result<Vec<HistoryEvent>, StoreError>>;

    /// Waiting timers that fire no later than `until`, ordered by (time, instance, execution, task), after `after`.
    fn timers(
        &self,
        until: Timestamp,
        after: Option<TimerCursor>,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<TimerRow>, StoreError>>;

    /// The status of one orchestration, without history; `None` for entities too.
    fn status(
        &self,
        id: InstanceId,
        show_input: bool,
    ) -> BoxFuture<'_, Result<Option<StoredStatus>, StoreError>>;

    /// Lists orchestrations, ordered by the bytes of their ids, in pages of at most [`MAX_PAGE`] items and
    /// [`MAX_PAGE_BYTES`].
    fn query(&self, query: InstanceQuery) -> BoxFuture<'_, Result<Page<InstanceStatus>, StoreError>>;

    /// Lists entities that have a state, ordered by the bytes of their ids, in pages as for [`query`](Self::query).
    fn query_entities(&self, query: EntityQuery) -> BoxFuture<'_, Result<Page<EntityStatus>, StoreError>>;

    /// Orchestrations that are finished for a while, ordered by (time of the end, key). It walks an index, so that it
    /// costs nothing where nothing is found, however many instances there are.
    fn find_finished(&self, query: FinishedQuery) -> BoxFuture<'_, Result<Vec<FoundInstance>, StoreError>>;

    /// Sub-orchestrations of any execution of an instance that are still there, finished or not, ordered by key,
    /// after `after`. The parent itself may be gone.
    fn find_children(
        &self,
        parent: InstanceKey,
        after: Option<InstanceKey>,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<FoundInstance>, StoreError>>;

    /// One entity with its state; `None` when it has none.
    fn entity(&self, id: InstanceId) -> BoxFuture<'_, Result<Option<EntityStatus>, StoreError>>;

    /// Finishes all writing and closes files and connections. No call comes after it.
    fn close(&self) -> BoxFuture<'_, Result<(), StoreError>>;
}

/// A status with what the engine needs to read more of the instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredStatus {
    /// The instance.
    pub key: InstanceKey,
    /// Its current execution.
    pub generation: u32,
    /// Its status, without history.
    pub status: InstanceStatus,
}

/// How much work to take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClaimRequest {
    /// At most so many instances.
    pub instances: u32,
    /// At most so many activities.
    pub tasks: u32,
}

/// What was taken.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Claimed {
    /// Instances with messages: now owned by this host, to be loaded.
    pub instances: Vec<InstanceKey>,
    /// Activities: now leased to this host.
    pub tasks: Vec<LeasedTask>,
}

/// Where a page of timers ended.
pub type TimerCursor = TimerRow;
