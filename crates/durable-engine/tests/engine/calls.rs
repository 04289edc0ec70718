//! Clients that call an entity and wait.

use std::time::Duration;

use durable_engine::Options;
use fnhost_protocol::{action::Action, client::ClientError, failure::Failure, ids::EntityId, json::JsonText};
use futures_util::FutureExt;

use crate::support::{Past, Scene, Scripts, complete};

fn counter(key: &str) -> EntityId {
    EntityId::new("counter", key).unwrap()
}

fn number(number: i64) -> JsonText {
    JsonText::of(&number).unwrap()
}

async fn call(scene: &Scene, key: &str, operation: &str, input: JsonText) -> Result<JsonText, ClientError> {
    scene.client.call_entity(counter(key), operation.to_owned(), input).await
}

#[tokio::test]
async fn a_call_answers_with_what_is_committed() {
    let scene = Scene::new(Scripts::default()).await;
    assert_eq!(call(&scene, "k", "add", number(3)).await, Ok(number(3)));
    let status = scene.client.read_entity(counter("k")).await.unwrap().unwrap();
    assert_eq!(status.state, Some(number(3)), "what is answered can be read");
    assert_eq!(call(&scene, "k", "add", number(4)).await, Ok(number(7)));
    assert_eq!(call(&scene, "k", "get", JsonText::null()).await, Ok(number(7)));
}

#[tokio::test]
async fn a_call_sees_every_signal_before_it() {
    let options = Options { evict_seed: Some(5), ..Options::default() };
    let scene = Scene::with_options(Scripts::default(), options).await;
    for n in 1..=50 {
        scene.client.signal_entity(counter("k"), "add".to_owned(), number(1)).await.unwrap();
        assert_eq!(call(&scene, "k", "get", JsonText::null()).await, Ok(number(n)));
    }
}

#[tokio::test]
async fn calls_side_by_side_each_get_their_own_answer() {
    let scene = Scene::new(Scripts::default()).await;
    let calls = (0..200).map(|_| call(&scene, "k", "add", number(1)));
    let mut answers: Vec<i64> = Vec::new();
    for answer in futures_util::future::join_all(calls).await {
        answers.push(answer.unwrap().read().unwrap());
    }
    answers.sort_unstable();
    assert_eq!(answers, (1..=200).collect::<Vec<_>>());
}

#[tokio::test]
async fn failures_and_refusals_tell_why() {
    let scene = Scene::new(Scripts::default()).await;
    let failed = call(&scene, "k", "explode", JsonText::null()).await.unwrap_err();
    let failure = Box::new(Failure::new("UnknownOperation", "no operation `explode`"));
    let (entity, operation) = (counter("k"), "explode".to_owned());
    assert_eq!(failed, ClientError::OperationFailed { entity, operation, failure });
    assert_eq!(failed.to_string(), "operation `explode` of entity @counter@k failed: no operation `explode`");
    let nobody = EntityId::new("nobody", "").unwrap();
    let refused = scene.client.call_entity(nobody, "add".to_owned(), number(1)).await;
    assert!(matches!(refused, Err(ClientError::UnknownFunction { .. })), "{refused:?}");
    let big = JsonText::string(&"x".repeat(11 * 1024 * 1024));
    let refused = call(&scene, "k", "add", big).await;
    assert!(matches!(refused, Err(ClientError::InvalidArgument { .. })), "{refused:?}");
}

/// Holds `k` until the event `go`.
fn holder(past: &Past) -> Vec<Action> {
    let mut wishes = vec![Action::LockEntities { id: 0, entities: vec![counter("k")] }];
    wishes.extend(past.events.first().map(|_| complete("over")));
    wishes
}

#[tokio::test]
async fn a_call_waits_for_a_lock_and_whoever_goes_away_is_not_missed() {
    let scene = Scene::new(Scripts::default().with("holder", holder)).await;
    let id = scene.start("holder", "h", "").await;
    scene.client.settled().await;
    let impatient = tokio::time::timeout(Duration::ZERO, call(&scene, "k", "add", number(1))).await;
    assert!(impatient.is_err());
    let mut patient = Box::pin(call(&scene, "k", "add", number(10)));
    assert_eq!((&mut patient).now_or_never(), None);
    scene.client.settled().await;
    assert_eq!((&mut patient).now_or_never(), None);
    scene.client.raise_event(id, "go".to_owned(), JsonText::null()).await.unwrap();
    // The operation of the impatient one ran as well, and before.
    assert_eq!(patient.await, Ok(number(11)));
}

#[tokio::test]
async fn a_call_that_the_host_leaves_behind_is_told_so() {
    let scene = Scene::new(Scripts::default().with("holder", holder)).await;
    scene.start("holder", "h", "").await;
    scene.client.settled().await;
    let client = scene.client.clone();
    let mut waiting = Box::pin(client.call_entity(counter("k"), "add".to_owned(), number(1)));
    assert_eq!((&mut waiting).now_or_never(), None);
    scene.client.settled().await;
    let scene = scene.restart().await;
    let left = waiting.await.unwrap_err();
    assert!(matches!(left, ClientError::Unavailable { .. }), "{left}");
    // The operation runs in the next life; nobody is answered.
    let id = fnhost_protocol::ids::InstanceId::parse("h").unwrap();
    scene.client.raise_event(id, "go".to_owned(), JsonText::null()).await.unwrap();
    assert_eq!(call(&scene, "k", "get", JsonText::null()).await, Ok(number(1)));
}
