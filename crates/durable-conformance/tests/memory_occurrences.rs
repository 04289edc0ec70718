//! The list of occurrences, for the store in memory.

use std::sync::Arc;

use durable_conformance::{OccurrenceHarness, occurrence_tests};
use durable_core::{
    memory::MemoryDatabase,
    store::{Holder, Occurrences},
};
use futures_core::future::BoxFuture;

const HUB: &str = "hub";

/// A database whose lives end only when the test says so.
struct Memory {
    database: MemoryDatabase,
}

impl Memory {
    fn store(&self, hub: &str) -> BoxFuture<'static, Arc<dyn Occurrences>> {
        let store = self.database.store(hub);
        Box::pin(async move { Arc::new(store) as Arc<dyn Occurrences> })
    }
}

impl OccurrenceHarness for Memory {
    fn open(&mut self) -> BoxFuture<'_, Arc<dyn Occurrences>> {
        self.store(HUB)
    }

    fn reopen(&mut self, dead: Holder) -> BoxFuture<'_, Arc<dyn Occurrences>> {
        self.database.end_life(HUB, dead);
        self.store(HUB)
    }

    fn open_hub(&mut self, hub: &str) -> BoxFuture<'_, Arc<dyn Occurrences>> {
        self.store(hub)
    }

    fn join(&mut self) -> BoxFuture<'_, Arc<dyn Occurrences>> {
        self.store(HUB)
    }

    fn expire(&mut self, dead: Holder) -> BoxFuture<'_, ()> {
        self.database.let_life_run_out(HUB, dead);
        Box::pin(async {})
    }
}

async fn memory() -> Memory {
    Memory { database: MemoryDatabase::new() }
}

occurrence_tests!(many_hosts memory);
