//! The list of occurrences, for this store.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use durable_conformance::{OccurrenceHarness, occurrence_tests};
use durable_core::store::{Holder, Occurrences};
use durable_postgres::{Options, PostgresStore};
use futures_util::future::BoxFuture;

/// All behaviours share a database; each has a schema of its own.
const DATABASE: &str = "postgres";

struct Schema(String);

impl Schema {
    fn store(&self, hub: &str) -> BoxFuture<'static, Arc<dyn Occurrences>> {
        let url = postgres_testkit::server().url(DATABASE);
        let options = Options { schema: self.0.clone(), max_connections: 6, ..Options::new(url, hub) };
        Box::pin(async move {
            let store = PostgresStore::open(options).await.expect("the database opens");
            Arc::new(store) as Arc<dyn Occurrences>
        })
    }

    fn let_run_out(&self, dead: Holder) {
        let sql = format!("UPDATE {}.lives SET expires_at = '-infinity' WHERE holder = {}", self.0, dead.0);
        postgres_testkit::server().sql(DATABASE, &sql);
    }
}

impl OccurrenceHarness for Schema {
    fn open(&mut self) -> BoxFuture<'_, Arc<dyn Occurrences>> {
        self.store("conformance")
    }

    fn reopen(&mut self, dead: Holder) -> BoxFuture<'_, Arc<dyn Occurrences>> {
        self.let_run_out(dead);
        self.store("conformance")
    }

    fn open_hub(&mut self, hub: &str) -> BoxFuture<'_, Arc<dyn Occurrences>> {
        self.store(hub)
    }

    fn join(&mut self) -> BoxFuture<'_, Arc<dyn Occurrences>> {
        self.store("conformance")
    }

    fn expire(&mut self, dead: Holder) -> BoxFuture<'_, ()> {
        self.let_run_out(dead);
        Box::pin(async {})
    }
}

async fn schema() -> Schema {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    Schema(format!("occurrences{}", NEXT.fetch_add(1, Ordering::Relaxed)))
}

occurrence_tests!(many_hosts schema);
