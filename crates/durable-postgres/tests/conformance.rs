//! The behaviours that every store shows, shown by this one.

mod heir;

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use durable_conformance::{Harness, conformance_tests};
use durable_core::{model::HostLease, store::Store};
use durable_postgres::{Options, PostgresStore};
use futures_util::future::BoxFuture;

/// All behaviours share a database; each has a schema of its own.
const DATABASE: &str = "postgres";

struct Schema(String);

impl Schema {
    async fn store(&self, hub: &str) -> PostgresStore {
        let url = postgres_testkit::server().url(DATABASE);
        let options = Options { schema: self.0.clone(), max_connections: 6, ..Options::new(url, hub) };
        PostgresStore::open(options).await.expect("the database opens")
    }

    fn open_store(&self, hub: &str) -> BoxFuture<'_, Arc<dyn Store>> {
        let hub = hub.to_owned();
        Box::pin(async move { Arc::new(self.store(&hub).await) as Arc<dyn Store> })
    }

    fn let_expire(&self, host: i64) {
        heir::let_expire(postgres_testkit::server(), DATABASE, &self.0, host);
    }
}

impl Harness for Schema {
    fn open(&mut self) -> BoxFuture<'_, Arc<dyn Store>> {
        self.open_store("conformance")
    }

    fn reopen(&mut self, dead: HostLease) -> BoxFuture<'_, Arc<dyn Store>> {
        self.let_expire(dead.host);
        Box::pin(async move {
            heir::take_over(self.store("conformance").await).await;
            self.open_store("conformance").await
        })
    }

    fn write_format(&mut self, format: u8) -> BoxFuture<'_, bool> {
        for table in ["history", "inbox", "scheduled"] {
            let sql = format!("UPDATE {}.{table} SET format = {format}", self.0);
            postgres_testkit::server().sql(DATABASE, &sql);
        }
        Box::pin(std::future::ready(true))
    }

    fn open_hub(&mut self, hub: &str) -> BoxFuture<'_, Arc<dyn Store>> {
        self.open_store(hub)
    }

    fn join(&mut self) -> BoxFuture<'_, Arc<dyn Store>> {
        self.open_store("conformance")
    }

    fn expire(&mut self, dead: HostLease) -> BoxFuture<'_, ()> {
        self.let_expire(dead.host);
        Box::pin(async {})
    }
}

async fn schema() -> Schema {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    Schema(format!("conformance{}", NEXT.fetch_add(1, Ordering::Relaxed)))
}

conformance_tests!(many_hosts schema);
