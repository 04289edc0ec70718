//! Readers beside the writer: each read is of one moment, and none waits for commits.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use durable_core::store::Store;
use fnhost_protocol::{ids::InstanceId, status::InstanceQuery};

use crate::tests::scene::{Scene, turn};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reads_are_whole_while_commits_go_on() {
    const TURNS: u64 = 200;
    let scene = Scene::new();
    let host = Arc::new(scene.host().await);
    let key = host.start("a").await;
    let done = Arc::new(AtomicBool::new(false));
    let readers: Vec<_> = (0..3)
        .map(|_| {
            let (host, done) = (Arc::clone(&host), Arc::clone(&done));
            tokio::spawn(async move {
                let mut last = 0;
                while !done.load(Ordering::Relaxed) {
                    let turn = host.store.load(key).await.unwrap().unwrap().instance.turn;
                    let history = host.store.history(key, 0).await.unwrap().len() as u64;
                    assert!(last <= turn && turn <= history, "{last} {turn} {history}");
                    last = turn;
                    assert!(host.store.status(InstanceId::from_stored("a"), true).await.unwrap().is_some());
                    assert_eq!(host.store.query(InstanceQuery::default()).await.unwrap().items.len(), 1);
                }
            })
        })
        .collect();
    for before in 0..TURNS {
        host.commit(turn(key, before)).await.unwrap();
        // What is committed is seen at once.
        assert_eq!(host.store.load(key).await.unwrap().unwrap().instance.turn, before + 1);
    }
    done.store(true, Ordering::Relaxed);
    for reader in readers {
        reader.await.unwrap();
    }
}

#[tokio::test]
async fn somebody_may_look_from_outside() {
    let scene = Scene::new();
    let host = scene.host().await;
    let mut outside = scene.outside().await;
    sqlx::raw_sql("BEGIN; SELECT * FROM instances").execute(&mut outside).await.unwrap();
    host.start("a").await;
    let seen: i64 =
        sqlx::query_scalar("SELECT count(*) FROM instances").fetch_one(&mut outside).await.unwrap();
    assert_eq!(seen, 0, "of the moment when it began");
    sqlx::raw_sql("COMMIT").execute(&mut outside).await.unwrap();
    let seen: i64 =
        sqlx::query_scalar("SELECT count(*) FROM instances").fetch_one(&mut outside).await.unwrap();
    assert_eq!(seen, 1);
}
