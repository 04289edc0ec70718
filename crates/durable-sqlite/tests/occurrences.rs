//! The list of occurrences, for this store.

use std::sync::{Arc, Weak};

use durable_conformance::{OccurrenceHarness, occurrence_tests};
use durable_core::store::{Holder, Occurrences};
use durable_sqlite::{Options, SqliteStore};
use futures_util::future::BoxFuture;
use tempfile::TempDir;

/// A file in a folder of its own.
struct File {
    folder: TempDir,
    /// The store that is open, for other hubs of its file. Not kept alive: its process is killed by dropping it.
    store: Weak<SqliteStore>,
}

impl File {
    async fn store(&mut self) -> Arc<dyn Occurrences> {
        let options = Options::new(self.folder.path().join("durable.db"), "conformance");
        let store = Arc::new(SqliteStore::open(options).await.expect("the file opens"));
        self.store = Arc::downgrade(&store);
        store
    }
}

impl OccurrenceHarness for File {
    fn open(&mut self) -> BoxFuture<'_, Arc<dyn Occurrences>> {
        Box::pin(self.store())
    }

    fn reopen(&mut self, _dead: Holder) -> BoxFuture<'_, Arc<dyn Occurrences>> {
        Box::pin(self.store())
    }

    fn open_hub(&mut self, hub: &str) -> BoxFuture<'_, Arc<dyn Occurrences>> {
        let hub = hub.to_owned();
        Box::pin(async move {
            let store = self.store.upgrade().expect("a store is open");
            Arc::new(store.other_hub(&hub).await.expect("the hub opens")) as Arc<dyn Occurrences>
        })
    }
}

async fn file() -> File {
    File { folder: tempfile::tempdir().expect("a folder"), store: Weak::new() }
}

occurrence_tests!(single_host file);
