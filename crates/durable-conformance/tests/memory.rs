//! The list of behaviours, for the store in memory.

use std::sync::Arc;

use durable_conformance::{Harness, conformance_tests};
use durable_core::{memory::MemoryDatabase, model::HostLease, store::Store};
use futures_core::future::BoxFuture;

struct Memory {
    database: MemoryDatabase,
}

impl Memory {
    fn store(&self, hub: &str) -> BoxFuture<'static, Arc<dyn Store>> {
        let store = self.database.store(hub);
        Box::pin(async move { Arc::new(store) as Arc<dyn Store> })
    }
}

impl Harness for Memory {
    fn open(&mut self) -> BoxFuture<'_, Arc<dyn Store>> {
        self.store("hub")
    }

    fn reopen(&mut self, dead: HostLease) -> BoxFuture<'_, Arc<dyn Store>> {
        self.database.take_over(dead.host);
        self.store("hub")
    }

    fn write_format(&mut self, _: u8) -> BoxFuture<'_, bool> {
        Box::pin(async { false })
    }

    fn open_hub(&mut self, hub: &str) -> BoxFuture<'_, Arc<dyn Store>> {
        self.store(hub)
    }

    fn join(&mut self) -> BoxFuture<'_, Arc<dyn Store>> {
        self.store("hub")
    }

    fn expire(&mut self, dead: HostLease) -> BoxFuture<'_, ()> {
        self.database.expire(dead.host);
        Box::pin(async {})
    }
}

async fn memory() -> Memory {
    Memory { database: MemoryDatabase::new() }
}

conformance_tests!(many_hosts memory);
