//! Clients that remove what is over while everything else goes on.

use std::sync::Arc;

use durable_engine::Client;
use fnhost_protocol::{
    client::{PurgeFilter, Reach},
    ids::InstanceId,
};

use crate::{
    calls::{Known, Outside},
    world::OUTSIDE,
};

/// Entities that are looked at in one call.
const ENTITIES: u32 = 2;

impl Outside {
    /// Removes a finished orchestration, whatever it takes.
    pub(crate) async fn purge(&self, id: &InstanceId, reach: Reach) {
        let name = format!("purge {id}");
        loop {
            let id = id.clone();
            let purge = |client: Client| async move { client.purge(id, reach).await.map(drop) };
            if !matches!(self.call(&name, purge).await, Known::Nothing) {
                return;
            }
            self.pause(500).await;
        }
    }

    /// Removes finished orchestrations and empty entities, again and again.
    pub(crate) async fn clean(self: Arc<Self>) {
        let mut continuation = None;
        loop {
            self.pause(2_000).await;
            let filter = PurgeFilter {
                reach: self.world.with(|state| Reach::recursive(state.random.chance(500))),
                at_most: self.world.with(|state| state.random.chance(500).then_some(2)),
                ..PurgeFilter::default()
            };
            let purged = self.at_a_host(|client| async move { client.purge_all(filter).await }).await;
            self.world.happened("call", OUTSIDE, || format!("purge all: {purged:?}"));
            let after = continuation.take();
            let cleaned =
                self.at_a_host(|client| async move { client.clean_entities(after, ENTITIES).await }).await;
            self.world.happened("call", OUTSIDE, || format!("clean entities: {cleaned:?}"));
            continuation = cleaned.and_then(Result::ok).and_then(|cleaned| cleaned.continuation);
        }
    }
}
