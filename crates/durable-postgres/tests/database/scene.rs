//! A host on a database of its own, and hands of others in it.

use std::{sync::Arc, time::Duration};

use durable_conformance::build;
use durable_core::{
    model::{HostLease, InstanceKey},
    store::{Batch, Commit, CommitOutcome, Store, StoreError},
};
use durable_postgres::{Options, PostgresStore};
use fnhost_protocol::time::Timestamp;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

/// How long locks are waited for that somebody is about to wait for.
const PATIENCE: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(5);

/// A store and its lease.
pub(crate) struct Host {
    pub(crate) store: PostgresStore,
    pub(crate) lease: HostLease,
}

impl Host {
    pub(crate) async fn on(options: Options) -> Self {
        let store = PostgresStore::open(options).await.expect("the database opens");
        let lease = store.register("test".to_owned()).await.expect("registers");
        Self { store, lease }
    }

    pub(crate) async fn batch(&self, commits: Vec<Commit>) -> Result<Vec<CommitOutcome>, StoreError> {
        let batch = Batch { lease: self.lease, now: Timestamp::EPOCH, commits };
        self.store.commit(Arc::new(batch)).await
    }

    pub(crate) async fn commit(&self, commit: Commit) -> Result<CommitOutcome, StoreError> {
        Ok(self.batch(vec![commit]).await?.remove(0))
    }

    pub(crate) async fn key(&self) -> InstanceKey {
        InstanceKey(self.store.reserve_keys(1).await.expect("a key is reserved").start)
    }

    /// Starts an orchestration.
    pub(crate) async fn started(&self, id: &str) -> InstanceKey {
        let key = self.key().await;
        let outcome = self.commit(start(key, id)).await.expect("the start is committed");
        assert!(matches!(outcome, CommitOutcome::Started(_)), "{outcome:?}");
        key
    }

    /// What is stored of an instance: its turns, what it has recorded, and what waits for it.
    pub(crate) async fn stored(&self, key: InstanceKey) -> Option<(u64, usize, usize)> {
        let loaded = self.store.load(key).await.expect("loads")?;
        let recorded = self.store.history(key, 0).await.expect("reads the history").len();
        Some((loaded.instance.turn, recorded, loaded.inbox.len()))
    }
}

/// A new orchestration.
pub(crate) fn start(key: InstanceKey, id: &str) -> Commit {
    build::start(build::orchestration(key, id)).into()
}

/// A message to an instance.
pub(crate) fn send(id: &str) -> Commit {
    build::send(build::to(id), build::event("go"))
}

/// A turn that records one event and sends a message to each of `targets`.
pub(crate) fn turn(key: InstanceKey, before: u64, targets: &[&str]) -> Commit {
    let turn = build::turn(key).after(before).records(&["ran"]);
    targets.iter().fold(turn, |turn, id| turn.sends(build::to(id), build::event("go"))).into()
}

/// Somebody else in the store's schema: a session for what he does and one for what he looks at, which sees what goes
/// on also while the first is in a transaction.
pub(crate) struct Other {
    hands: PgConnection,
    eyes: PgConnection,
}

impl Other {
    pub(crate) async fn on(url: &str) -> Self {
        let mut hands = PgConnection::connect(url).await.expect("the server answers");
        hands.execute("SET search_path TO fnhost").await.expect("a setting is taken");
        Self { hands, eyes: PgConnection::connect(url).await.expect("the server answers") }
    }

    pub(crate) async fn run(&mut self, sql: &str) {
        self.hands.execute(AssertSqlSafe(sql.to_owned())).await.expect("the statement is run");
    }

    pub(crate) async fn number(&mut self, sql: &str) -> i64 {
        sqlx::query_scalar(AssertSqlSafe(sql.to_owned()))
            .fetch_one(&mut self.eyes)
            .await
            .expect("the statement is run")
    }

    /// Waits until a commit waits for a lock; answers its process.
    pub(crate) async fn until_a_commit_waits(&mut self) -> i32 {
        self.until_waiting("query LIKE '%commit_batch%'").await
    }

    /// Waits until a session of which this is true waits for a lock; answers its process.
    pub(crate) async fn until_waiting(&mut self, which: &str) -> i32 {
        let sql = format!(
            "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND {which}
             AND datname = current_database()"
        );
        let waiting = async {
            loop {
                let asked = sqlx::query_scalar(AssertSqlSafe(sql.clone()));
                if let Some(process) =
                    asked.fetch_optional(&mut self.eyes).await.expect("the statement is run")
                {
                    return process;
                }
                tokio::time::sleep(PAUSE).await;
            }
        };
        tokio::time::timeout(PATIENCE, waiting).await.expect("somebody waits for a lock")
    }
}
