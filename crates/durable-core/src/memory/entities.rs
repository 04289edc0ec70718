//! Scheduled messages, replies and empty entities in memory.

use std::sync::Arc;

use futures_core::future::BoxFuture;

use fnhost_protocol::{ids::InstanceId, time::Timestamp};

use crate::{
    memory::{MemoryStore, hub::Hub, row::Row},
    message::Message,
    model::{HostLease, NewInstance},
    store::{ClientReply, Entities, RemovedEntities, Scheduled, ScheduledMessage, StoreError},
};

impl Entities for MemoryStore {
    fn scheduled(&self, until: Timestamp, limit: u32) -> BoxFuture<'_, Result<Scheduled, StoreError>> {
        Box::pin(async move { Ok(self.with_hub(|hub| hub.scheduled_until(until, limit as usize))) })
    }

    fn take_replies(&self, lease: HostLease) -> BoxFuture<'_, Result<Vec<ClientReply>, StoreError>> {
        Box::pin(async move {
            self.with_lease(lease, |hub| {
                let all = std::mem::take(&mut hub.replies);
                let (taken, left) = all.into_iter().partition(|reply| reply.to.host == lease);
                hub.replies = left;
                taken
            })
        })
    }

    fn remove_empty_entities(
        &self,
        lease: HostLease,
        after: Option<InstanceId>,
        limit: u32,
    ) -> BoxFuture<'_, Result<RemovedEntities, StoreError>> {
        Box::pin(async move {
            self.with_lease(lease, |hub| hub.remove_empty_entities(after.as_ref(), limit as usize))
        })
    }
}

impl Hub {
    /// Puts a message where it waits for its time.
    pub(super) fn schedule(&mut self, entity: &NewInstance, due: Timestamp, message: &Message) {
        let scheduled = ScheduledMessage { due, entity: entity.clone(), message: message.clone() };
        self.scheduled.insert((due, entity.key), Arc::new(scheduled));
    }

    fn scheduled_until(&self, until: Timestamp, limit: usize) -> Scheduled {
        let is_due = |message: &&Arc<ScheduledMessage>| message.due <= until;
        let due: Vec<_> = self.scheduled.values().take_while(is_due).take(limit).collect();
        let next = self.scheduled.values().nth(due.len()).map(|message| message.due);
        Scheduled { due: due.into_iter().map(|message| message.as_ref().clone()).collect(), next }
    }

    fn remove_empty_entities(&mut self, after: Option<&InstanceId>, limit: usize) -> RemovedEntities {
        let empty = self
            .rows_by_id()
            .filter(|row| is_empty_entity(row) && after.is_none_or(|after| row.instance.id > *after));
        let mut ids: Vec<_> = empty.map(|row| row.instance.id.clone()).take(limit + 1).collect();
        let more = ids.len() > limit;
        ids.truncate(limit);
        for id in &ids {
            self.remove(id);
        }
        let removed = u32::try_from(ids.len()).unwrap_or(u32::MAX);
        RemovedEntities { removed, continuation: ids.pop().filter(|_| more) }
    }
}

fn is_empty_entity(row: &Row) -> bool {
    !row.is_orchestration()
        && row.entity_state.is_none()
        && row.inbox.is_empty()
        && row.instance.lock.is_none()
}
