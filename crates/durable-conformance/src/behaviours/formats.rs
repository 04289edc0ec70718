//! The format in which histories and messages are stored: what a later build wrote is refused and named, not guessed at.

use durable_core::{model::InstanceKey, store::StoreError};
use fnhost_protocol::history::FORMAT_VERSION;

use crate::{
    build::{at, operation, scheduled, send, turn},
    scene::Scene,
};

/// An instance with a history and a message, and a message that waits for its time.
async fn everything_with_a_format(scene: &Scene) -> InstanceKey {
    let key = scene.running("a").await;
    scene.turn(turn(key).after(1).records(&["happened"])).await;
    scene.raised("a", "waits").await;
    scene.commit(send(scheduled(scene.key().await, "@c@e", at(5)), operation("later"))).await;
    key
}

fn refusal<T>(table: &str, result: Result<T, StoreError>) -> String {
    match result {
        Err(StoreError::Permanent(text)) => text,
        Err(other) => panic!("{table} should be refused for good: {other}"),
        Ok(_) => panic!("{table} should be refused"),
    }
}

pub(crate) async fn what_a_later_build_wrote_is_refused_by_name(mut scene: Scene) {
    let key = everything_with_a_format(&scene).await;
    if !scene.write_format(99).await {
        return;
    }
    let store = scene.store();
    for (table, text) in [
        ("history", refusal("history", store.history(key, 0).await)),
        ("inbox", refusal("inbox", store.load(key).await)),
        ("scheduled", refusal("scheduled", store.scheduled(at(9), 10).await)),
    ] {
        let named = format!("it has format 99, and this build knows formats up to {FORMAT_VERSION}");
        assert!(text.contains(table) && text.contains(&named), "{table}: {text}");
    }
}

pub(crate) async fn what_this_build_wrote_is_read(mut scene: Scene) {
    let key = everything_with_a_format(&scene).await;
    scene.write_format(FORMAT_VERSION).await;
    assert_eq!(scene.recorded(key).await, ["happened"]);
    assert_eq!(scene.inbox(key).await, ["waits"]);
    assert_eq!(scene.store().scheduled(at(9), 10).await.map(|page| page.due.len()).ok(), Some(1));
}
