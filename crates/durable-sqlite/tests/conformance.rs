//! The behaviours that every store shows, shown by this one.

use std::sync::{Arc, Weak};

use durable_conformance::{Harness, conformance_tests};
use durable_core::{model::HostLease, store::Store};
use durable_sqlite::{Options, SqliteStore};
use futures_util::future::BoxFuture;
use sqlx::{AssertSqlSafe, Connection, SqliteConnection, sqlite::SqliteConnectOptions};
use tempfile::TempDir;

/// A file in a folder of its own.
struct File {
    folder: TempDir,
    /// The store that is open, for other hubs of its file. Not kept alive: its process is killed by dropping it.
    store: Weak<SqliteStore>,
}

impl File {
    async fn open(&mut self) -> Arc<dyn Store> {
        let options = Options::new(self.folder.path().join("durable.db"), "conformance");
        let store = Arc::new(SqliteStore::open(options).await.expect("the file opens"));
        self.store = Arc::downgrade(&store);
        store
    }
}

impl Harness for File {
    fn open(&mut self) -> BoxFuture<'_, Arc<dyn Store>> {
        Box::pin(File::open(self))
    }

    fn reopen(&mut self, _dead: HostLease) -> BoxFuture<'_, Arc<dyn Store>> {
        Box::pin(File::open(self))
    }

    fn write_format(&mut self, format: u8) -> BoxFuture<'_, bool> {
        Box::pin(async move {
            let connect = SqliteConnectOptions::new().filename(self.folder.path().join("durable.db"));
            let mut outside = SqliteConnection::connect_with(&connect).await.expect("the file opens");
            for table in ["history", "inbox", "scheduled"] {
                let sql = AssertSqlSafe(format!("UPDATE {table} SET format = {format}"));
                sqlx::raw_sql(sql).execute(&mut outside).await.expect("the table has formats");
            }
            outside.close().await.expect("closes");
            true
        })
    }

    fn open_hub(&mut self, hub: &str) -> BoxFuture<'_, Arc<dyn Store>> {
        let hub = hub.to_owned();
        Box::pin(async move {
            let store = self.store.upgrade().expect("a store is open");
            Arc::new(store.other_hub(&hub).await.expect("the hub opens")) as Arc<dyn Store>
        })
    }
}

async fn file() -> File {
    File { folder: tempfile::tempdir().expect("a folder"), store: Weak::new() }
}

conformance_tests!(single_host file);
