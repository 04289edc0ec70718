//! A file in a folder of its own, and the shortest way to rows in it.

use std::sync::Arc;

use tempfile::TempDir;

use durable_conformance::build;
use durable_core::{
    model::{HostLease, InstanceKey, NewInstance},
    store::{Batch, Commit, CommitOutcome, Store, StoreError},
};
use fnhost_protocol::{json::JsonText, time::Timestamp};
use sqlx::{Connection, SqliteConnection, sqlite::SqliteConnectOptions};

use crate::{Options, SqliteStore};

/// A folder, and options for a file in it.
pub(super) struct Scene {
    _folder: TempDir,
    pub(super) options: Options,
}

impl Scene {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = Options::new(folder.path().join("durable.db"), "default");
        Self { _folder: folder, options }
    }

    pub(super) async fn open(&self) -> SqliteStore {
        SqliteStore::open(self.options.clone()).await.unwrap()
    }

    /// The store with a registered host.
    pub(super) async fn host(&self) -> Host {
        Host::on(self.options.clone()).await
    }

    /// A connection of somebody else, such as the `sqlite3` tool.
    pub(super) async fn outside(&self) -> SqliteConnection {
        let connect = SqliteConnectOptions::new().filename(&self.options.path).create_if_missing(true);
        SqliteConnection::connect_with(&connect).await.unwrap()
    }

    /// Runs a statement as somebody else.
    pub(super) async fn meddle(&self, sql: &'static str) {
        let mut connection = self.outside().await;
        sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    }
}

/// A store and its lease.
pub(super) struct Host {
    pub(super) store: SqliteStore,
    pub(super) lease: HostLease,
}

impl Host {
    pub(super) async fn on(options: Options) -> Self {
        let store = SqliteStore::open(options).await.unwrap();
        let lease = store.register("test".to_owned()).await.unwrap();
        Self { store, lease }
    }

    pub(super) async fn commit(&self, commit: Commit) -> Result<CommitOutcome, StoreError> {
        let batch = Batch { lease: self.lease, now: Timestamp::EPOCH, commits: vec![commit] };
        Ok(self.store.commit(Arc::new(batch)).await?.remove(0))
    }

    /// Starts an orchestration.
    pub(super) async fn start(&self, id: &str) -> InstanceKey {
        let key = self.key().await;
        let outcome = self.commit(start(key, id, JsonText::null())).await.unwrap();
        assert!(matches!(outcome, CommitOutcome::Started(_)), "{outcome:?}");
        key
    }

    pub(super) async fn key(&self) -> InstanceKey {
        InstanceKey(self.store.reserve_keys(1).await.unwrap().start)
    }

    /// Changes a setting of the writing connection.
    pub(super) async fn set(&self, pragma: &'static str) {
        let mut session = self.store.database().writer.session().await.unwrap();
        sqlx::raw_sql(pragma).execute(session.connection().unwrap()).await.unwrap();
    }
}

/// A new orchestration.
pub(super) fn start(key: InstanceKey, id: &str, input: JsonText) -> Commit {
    build::start(NewInstance { input: Some(input), ..build::orchestration(key, id) }).into()
}

/// A turn that records one event.
pub(super) fn turn(key: InstanceKey, before: u64) -> Commit {
    build::turn(key).after(before).records(&["ran"]).into()
}
