//! Databases in which the planner knows different things of the tables.

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicU32, Ordering},
};

use durable_conformance::{Harness, OccurrenceHarness};
use durable_core::{
    model::HostLease,
    store::{Holder, Hosts, Occurrences, Store},
};
use durable_postgres::{Options, PostgresStore};
use futures_util::future::BoxFuture;
use postgres_testkit::Server;

use crate::TABLES;

const DATABASE: &str = "postgres";

/// The server that writes its plans down.
pub(crate) fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| {
        let settings = [
            ("shared_preload_libraries", "auto_explain"),
            ("auto_explain.log_min_duration", "0"),
            ("auto_explain.log_nested_statements", "on"),
            ("log_line_prefix", "%a|"),
            // Only the test decides what is known of a table.
            ("autovacuum", "off"),
        ];
        let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        Server::start(&postgres_testkit::Options { settings, ..Default::default() })
    })
}

/// What the planner knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Known {
    /// Nothing: nobody has ever looked at the tables.
    Nothing,
    /// That the tables are as good as empty: somebody looked just then.
    OneRow,
    /// That each has a hundred thousand rows.
    ManyRows,
}

impl Known {
    fn schema(self) -> &'static str {
        match self {
            Self::Nothing => "unseen",
            Self::OneRow => "tiny",
            Self::ManyRows => "huge",
        }
    }

    fn rows(self) -> u32 {
        match self {
            Self::Nothing => 0,
            Self::OneRow => 1,
            Self::ManyRows => 100_000,
        }
    }
}

/// Where one behaviour is played: behaviours share the schema, and each has task hubs of its own.
pub(crate) struct World {
    schema: &'static str,
    hubs: String,
}

impl World {
    /// A place in which nobody has played.
    pub(crate) fn new(known: Known) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let hubs = format!("{} ", NEXT.fetch_add(1, Ordering::Relaxed));
        Self { schema: known.schema(), hubs }
    }

    /// Makes the schema, puts rows of another task hub into it, and has the planner look.
    pub(crate) async fn prepare(known: Known) {
        let store = Self::new(known).store("others").await;
        store.reserve_keys(200_000).await.expect("keys are reserved");
        store.close().await.expect("closes");
        if known != Known::Nothing {
            let (schema, rows) = (known.schema(), known.rows());
            server().sql(
                DATABASE,
                &format!("SET search_path TO {schema}; {}", FILL.replace("100000", &rows.to_string())),
            );
            let tables: Vec<_> = TABLES.iter().map(|table| format!("{schema}.{table}")).collect();
            server().sql(DATABASE, &format!("VACUUM (ANALYZE) {}", tables.join(", ")));
        }
    }

    async fn store(&self, hub: &str) -> PostgresStore {
        let hub = format!("{}{hub}", self.hubs);
        let options = Options {
            schema: self.schema.to_owned(),
            max_connections: 6,
            ..Options::new(server().url(DATABASE), hub)
        };
        PostgresStore::open(options).await.expect("the database opens")
    }

    fn open_store(&self, hub: &str) -> BoxFuture<'_, Arc<dyn Store>> {
        let hub = hub.to_owned();
        Box::pin(async move { Arc::new(self.store(&hub).await) as Arc<dyn Store> })
    }

    fn let_expire(&self, host: i64) {
        let sql =
            format!("UPDATE {}.heartbeats SET expires_at = '-infinity' WHERE host = {host}", self.schema);
        server().sql(DATABASE, &sql);
    }
}

/// Half of what may have an owner has one of fifty; one instance in ten is a child.
const FILL: &str = "
INSERT INTO instances (key, hub, id, kind, status, generation, turn, events, actions, owner, created_at, updated_at,
                       finished_at, name, parent_key, input)
SELECT n, 1, 'id' || n, 0, n % 6, 0, 3, 5, 0, CASE WHEN n % 2 = 0 THEN -(n % 50) END, n, n,
       CASE WHEN n % 6 >= 3 THEN n END, 'Flow', CASE WHEN n % 10 = 0 THEN n / 10 END, '1'
FROM generate_series(1, 100000) AS n;
INSERT INTO history SELECT n / 3, 0, n % 3, 1, '[]' FROM generate_series(1, 100000) AS n;
INSERT INTO inbox SELECT n / 3, n, 1, 1, '{}' FROM generate_series(1, 100000) AS n;
INSERT INTO tasks
SELECT n / 10, 0, n % 10, 1, n, CASE WHEN n % 2 = 0 THEN -(n % 50) END, 0, 1, 'Act', '1'
FROM generate_series(1, 100000) AS n;
INSERT INTO timers SELECT n / 10, 0, n % 10, 1, n FROM generate_series(1, 100000) AS n;
INSERT INTO scheduled SELECT 1, n, n, '@e@' || n, 'e', 1, '{}' FROM generate_series(1, 100000) AS n;
INSERT INTO replies (epoch, reply) SELECT -(n % 50), '{}' FROM generate_series(1, 100000) AS n;
INSERT INTO suspects SELECT n, -1, 0, 1, 1, 0, 0, 1 FROM generate_series(1, 100000) AS n;
INSERT INTO sources (hub, name) SELECT 1, 'source' || n FROM generate_series(1, 100) AS n;
INSERT INTO receipts SELECT 1 + n % 100, 'key' || n, '1', CASE WHEN n % 100 = 7 THEN n END
FROM generate_series(1, 100000) AS n;
INSERT INTO occurrences (source, key, version, due, serial, holder, attempt, data, poison, poisoned_at)
SELECT 1 + n % 100, 'key' || n, '1', n, n % 3 = 0, CASE WHEN n % 10 = 0 THEN -(n % 50) END, 1, 'null',
       CASE WHEN n % 10 = 1 THEN 'broken' END, CASE WHEN n % 10 = 1 THEN n END
FROM generate_series(1, 100000) AS n;";

impl Harness for World {
    fn open(&mut self) -> BoxFuture<'_, Arc<dyn Store>> {
        self.open_store("conformance")
    }

    fn reopen(&mut self, dead: HostLease) -> BoxFuture<'_, Arc<dyn Store>> {
        self.let_expire(dead.host);
        Box::pin(async move {
            let heir = self.store("conformance").await;
            let lease = heir.register("heir".to_owned()).await.expect("registers");
            heir.take_over(lease).await.expect("takes over");
            heir.deregister(lease).await.expect("leaves");
            heir.close().await.expect("closes");
            self.open_store("conformance").await
        })
    }

    fn write_format(&mut self, _: u8) -> BoxFuture<'_, bool> {
        // Rows of others have it too.
        Box::pin(std::future::ready(false))
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

impl World {
    fn occurrences(&self, hub: &str) -> BoxFuture<'_, Arc<dyn Occurrences>> {
        let hub = hub.to_owned();
        Box::pin(async move { Arc::new(self.store(&hub).await) as Arc<dyn Occurrences> })
    }

    fn let_run_out(&self, dead: Holder) {
        let sql =
            format!("UPDATE {}.lives SET expires_at = '-infinity' WHERE holder = {}", self.schema, dead.0);
        server().sql(DATABASE, &sql);
    }
}

impl OccurrenceHarness for World {
    fn open(&mut self) -> BoxFuture<'_, Arc<dyn Occurrences>> {
        self.occurrences("conformance")
    }

    fn reopen(&mut self, dead: Holder) -> BoxFuture<'_, Arc<dyn Occurrences>> {
        self.let_run_out(dead);
        self.occurrences("conformance")
    }

    fn open_hub(&mut self, hub: &str) -> BoxFuture<'_, Arc<dyn Occurrences>> {
        self.occurrences(hub)
    }

    fn join(&mut self) -> BoxFuture<'_, Arc<dyn Occurrences>> {
        self.occurrences("conformance")
    }

    fn expire(&mut self, dead: Holder) -> BoxFuture<'_, ()> {
        self.let_run_out(dead);
        Box::pin(async {})
    }
}
