//! What commits answer when the disk, the file or somebody else stands in the way, and that they work again
//! afterwards.

use std::{sync::Arc, time::Duration};

use durable_core::{
    model::InstanceKey,
    store::{Batch, ClaimRequest, CommitOutcome, Store, StoreError},
};
use fnhost_protocol::{json::JsonText, time::Timestamp};

use crate::tests::scene::{Host, Scene, start, turn};

async fn assert_writes_again(host: &Host) {
    let key = host.start("afterwards").await;
    assert!(matches!(host.commit(turn(key, 0)).await, Ok(CommitOutcome::Turn(_))));
}

fn permanent(result: Result<CommitOutcome, StoreError>) -> String {
    match result {
        Err(StoreError::Permanent(text)) => text,
        other => panic!("should be permanent: {other:?}"),
    }
}

#[tokio::test]
async fn a_full_disk_is_told_and_survived() {
    let scene = Scene::new();
    let host = scene.host().await;
    let key = host.key().await;
    host.set("PRAGMA max_page_count = 1").await; // as many as there are
    let large = JsonText::string(&"x".repeat(100_000));
    let problem = permanent(host.commit(start(key, "large", large)).await);
    assert!(problem.contains("no space is left"), "{problem}");
    assert_eq!(host.store.load(key).await.unwrap(), None);
    host.set("PRAGMA max_page_count = 1000000").await;
    assert_writes_again(&host).await;
}

#[tokio::test]
async fn a_read_only_file_is_told_and_survived() {
    let scene = Scene::new();
    let host = scene.host().await;
    let key = host.key().await;
    host.set("PRAGMA query_only = 1").await;
    let problem = permanent(host.commit(start(key, "a", JsonText::null())).await);
    assert!(problem.contains("cannot be written"), "{problem}");
    host.set("PRAGMA query_only = 0").await;
    assert_writes_again(&host).await;
}

#[tokio::test]
async fn somebody_who_writes_from_outside_is_waited_for() {
    let mut scene = Scene::new();
    scene.options.busy_timeout = Duration::from_millis(20);
    let host = scene.host().await;
    let key = host.key().await;
    let mut outside = scene.outside().await;
    sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut outside).await.unwrap();
    let busy = host.commit(start(key, "a", JsonText::null())).await;
    assert!(matches!(busy, Err(StoreError::Retry(_))), "{busy:?}");
    sqlx::raw_sql("ROLLBACK").execute(&mut outside).await.unwrap();
    assert_writes_again(&host).await;
}

#[tokio::test]
async fn a_lost_connection_is_opened_again() {
    let scene = Scene::new();
    let host = scene.host().await;
    host.store.database().writer.session().await.unwrap().lose_connection();
    assert_writes_again(&host).await;
}

/// Gives a commit up after so many polls, at every point that it can be given up.
#[tokio::test]
async fn a_commit_that_is_given_up_leaves_no_transaction_behind() {
    let scene = Scene::new();
    let host = scene.host().await;
    for polls in 0..40 {
        let key = host.key().await;
        // A chosen id, so that facts are read first: two calls.
        let commits = vec![start(key, &format!("given-up-{polls}"), JsonText::null())];
        let batch = Arc::new(Batch { lease: host.lease, now: Timestamp::EPOCH, commits });
        let mut commit = host.store.commit(batch);
        for _ in 0..polls {
            if futures_util::poll!(&mut commit).is_ready() {
                break;
            }
            tokio::task::yield_now().await;
        }
        drop(commit);
        // All or nothing, and the next one works.
        let loaded = host.store.load(key).await.unwrap();
        assert!(loaded.is_none_or(|loaded| loaded.inbox.len() == 1));
        host.start(&format!("next-{polls}")).await;
    }
}

#[tokio::test]
async fn a_key_that_is_in_use_is_refused() {
    let scene = Scene::new();
    let host = scene.host().await;
    let key = host.start("a").await;
    let problem = permanent(host.commit(start(key, "b", JsonText::null())).await);
    assert!(problem.contains("instances.key"), "{problem}");
    assert_writes_again(&host).await;
}

#[tokio::test]
async fn nothing_works_after_close() {
    let scene = Scene::new();
    let host = scene.host().await;
    host.store.close().await.unwrap();
    let commit = host.commit(turn(InstanceKey(1), 0)).await;
    assert!(permanent(commit).contains("closed"));
    let load = host.store.load(InstanceKey(1)).await;
    assert!(matches!(&load, Err(StoreError::Permanent(text)) if text.contains("closed")), "{load:?}");
    let claim = host.store.claim(host.lease, ClaimRequest { instances: 1, tasks: 1 }).await;
    assert!(claim.is_err());
}
