//! The contract's calls, each under one lock.

use std::{collections::VecDeque, ops::Range, sync::Arc};

use futures_core::future::BoxFuture;

use fnhost_protocol::{
    history::HistoryEvent,
    ids::InstanceId,
    status::{EntityQuery, EntityStatus, InstanceQuery, InstanceStatus, Page},
    time::Timestamp,
};

use crate::{
    memory::{MemoryStore, claim, commit::commit, query, row::Row, timers},
    model::{HostLease, InstanceKey, Loaded, TaskRef, TimerRow},
    store::{
        Batch, ClaimRequest, Claimed, CommitOutcome, FinishedQuery, FoundInstance, Store, StoreError,
        StoredStatus, TimerCursor,
    },
};

impl Store for MemoryStore {
    fn register(&self, _description: String) -> BoxFuture<'_, Result<HostLease, StoreError>> {
        Box::pin(async move { Ok(self.new_lease()) })
    }

    fn reserve_keys(&self, count: u32) -> BoxFuture<'_, Result<Range<i64>, StoreError>> {
        Box::pin(async move {
            let mut tables = self.database.lock();
            let first = tables.last_key + 1;
            tables.last_key += i64::from(count);
            Ok(first..first + i64::from(count))
        })
    }

    fn commit(&self, batch: Arc<Batch>) -> BoxFuture<'_, Result<Vec<CommitOutcome>, StoreError>> {
        Box::pin(async move {
            self.with_lease(batch.lease, |hub| {
                let mut copy = hub.clone();
                let outcomes = commit(&mut copy, &batch)?;
                *hub = copy;
                Ok(outcomes)
            })?
        })
    }

    fn claim(&self, lease: HostLease, request: ClaimRequest) -> BoxFuture<'_, Result<Claimed, StoreError>> {
        Box::pin(async move { self.with_lease(lease, |hub| claim::claim(hub, lease, request)) })
    }

    fn release(&self, lease: HostLease, tasks: Vec<TaskRef>) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move { self.with_lease(lease, |hub| claim::release(hub, lease, &tasks)) })
    }

    fn load(&self, key: InstanceKey) -> BoxFuture<'_, Result<Option<Loaded>, StoreError>> {
        Box::pin(
            async move { Ok(self.with_hub(|hub| hub.row(key).map(|row| loaded(row, &hub.loose_deaths)))) },
        )
    }

    fn history(
        &self,
        key: InstanceKey,
        generation: u32,
    ) -> BoxFuture<'_, Result<Vec<HistoryEvent>, StoreError>> {
        Box::pin(async move {
            Ok(self.with_hub(|hub| {
                let row = hub.row(key).filter(|row| row.instance.generation == generation);
                row.into_iter().flat_map(|row| &row.history).flat_map(|run| run.iter().cloned()).collect()
            }))
        })
    }

    fn timers(
        &self,
        until: Timestamp,
        after: Option<TimerCursor>,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<TimerRow>, StoreError>> {
        Box::pin(async move { Ok(self.with_hub(|hub| timers::page(hub.rows(), until, after, limit))) })
    }

    fn status(
        &self,
        id: InstanceId,
        show_input: bool,
    ) -> BoxFuture<'_, Result<Option<StoredStatus>, StoreError>> {
        Box::pin(async move { Ok(self.with_hub(|hub| query::status(hub, &id, show_input))) })
    }

    fn query(&self, query: InstanceQuery) -> BoxFuture<'_, Result<Page<InstanceStatus>, StoreError>> {
        Box::pin(async move { Ok(self.with_hub(|hub| query::instances(hub, &query))) })
    }

    fn query_entities(&self, query: EntityQuery) -> BoxFuture<'_, Result<Page<EntityStatus>, StoreError>> {
        Box::pin(async move { Ok(self.with_hub(|hub| query::entities(hub, &query))) })
    }

    fn entity(&self, id: InstanceId) -> BoxFuture<'_, Result<Option<EntityStatus>, StoreError>> {
        Box::pin(async move { Ok(self.with_hub(|hub| query::entity(hub, &id))) })
    }

    fn find_finished(&self, query: FinishedQuery) -> BoxFuture<'_, Result<Vec<FoundInstance>, StoreError>> {
        Box::pin(async move { Ok(self.with_hub(|hub| query::finished(hub, &query))) })
    }

    fn find_children(
        &self,
        parent: InstanceKey,
        after: Option<InstanceKey>,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<FoundInstance>, StoreError>> {
        Box::pin(async move { Ok(self.with_hub(|hub| query::children(hub, parent, after, limit))) })
    }

    fn close(&self) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async { Ok(()) })
    }
}

fn loaded(row: &Row, deaths: &VecDeque<Timestamp>) -> Loaded {
    Loaded {
        instance: row.instance.clone(),
        entity_state: row.entity_state.clone(),
        inbox: row.inbox.iter().map(|(id, message)| (*id, message.as_ref().clone())).collect(),
        timers: timers::of(row).collect(),
        suspicion: row.suspicion_by(deaths),
    }
}
