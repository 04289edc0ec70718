//! Rows that cannot be understood are named, never skipped.

use durable_core::store::{Store, StoreError};
use fnhost_protocol::{ids::InstanceId, status::InstanceQuery};

use crate::tests::scene::{Host, Scene, turn};

/// A host with one instance of one turn whose row, inbox and history somebody has changed.
async fn damaged(sql: &'static str) -> (Scene, Host) {
    let scene = Scene::new();
    let host = scene.host().await;
    let key = host.start("a").await;
    host.commit(turn(key, 0)).await.unwrap();
    assert_eq!(key.0, 1, "the first key");
    scene.meddle(sql).await;
    (scene, host)
}

fn problem<T: std::fmt::Debug>(result: Result<T, StoreError>) -> String {
    match result {
        Err(StoreError::Permanent(text)) => text,
        other => panic!("should be permanent: {other:?}"),
    }
}

#[tokio::test]
async fn an_unknown_status_is_named() {
    let (_scene, host) = damaged("UPDATE instances SET status = 9").await;
    let expected = "table instances, row 1: unknown status 9";
    let key = durable_core::model::InstanceKey(1);
    assert_eq!(problem(host.store.load(key).await), expected);
    assert_eq!(problem(host.store.status(InstanceId::from_stored("a"), false).await), expected);
    assert_eq!(problem(host.store.query(InstanceQuery::default()).await), expected);
}

#[tokio::test]
async fn broken_json_is_named() {
    let (_scene, host) = damaged("UPDATE history SET events = '[{'; UPDATE inbox SET message = '{}'").await;
    let key = durable_core::model::InstanceKey(1);
    let history = problem(host.store.history(key, 0).await);
    assert!(history.starts_with("table history, row 1: events: EOF"), "{history}");
    let inbox = problem(host.store.load(key).await);
    assert!(inbox.starts_with("table inbox, row 1: message: "), "{inbox}");
}
