//! Signals that do not arrive before a time.

use std::time::Duration;

use durable_engine::Options;
use fnhost_protocol::{
    action::Action,
    client::{Due, Reach},
    ids::EntityId,
    json::JsonText,
};

use crate::support::{Past, Scene, Scripts, complete};

fn counter(key: &str) -> EntityId {
    EntityId::new("counter", key).unwrap()
}

fn number(number: i64) -> JsonText {
    JsonText::of(&number).unwrap()
}

async fn value(scene: &Scene, key: &str) -> Option<i64> {
    scene.client.settled().await;
    let status = scene.client.read_entity(counter(key)).await.unwrap()?;
    status.state.map(|state| state.read().unwrap())
}

async fn add_in(scene: &Scene, key: &str, amount: i64, seconds: u64) {
    let due = Due::In(Duration::from_secs(seconds));
    scene.client.signal_entity_at(due, counter(key), "add".to_owned(), number(amount)).await.unwrap();
}

#[tokio::test]
async fn a_signal_for_later_comes_at_its_time() {
    let scene = Scene::new(Scripts::default()).await;
    add_in(&scene, "k", 1, 60).await;
    let time = scene.now().saturating_add(Duration::from_secs(30));
    scene.client.signal_entity_at(Due::At(time), counter("k"), "add".to_owned(), number(10)).await.unwrap();
    assert_eq!(value(&scene, "k").await, None);
    scene.advance(29).await;
    assert_eq!(value(&scene, "k").await, None);
    scene.advance(1).await;
    assert_eq!(value(&scene, "k").await, Some(10));
    scene.advance(30).await;
    assert_eq!(value(&scene, "k").await, Some(11));
    scene.advance(3_600).await;
    assert_eq!(value(&scene, "k").await, Some(11));
}

#[tokio::test]
async fn a_time_that_has_passed_is_now() {
    let scene = Scene::new(Scripts::default()).await;
    add_in(&scene, "k", 1, 0).await;
    let past = Due::At(fnhost_protocol::time::Timestamp::EPOCH);
    scene.client.signal_entity_at(past, counter("k"), "add".to_owned(), number(10)).await.unwrap();
    assert_eq!(value(&scene, "k").await, Some(11));
}

fn sends(past: &Past) -> Vec<Action> {
    let now = past.now.unwrap();
    let signal = |id, amount, seconds| Action::SignalEntity {
        id,
        entity: counter("k"),
        operation: "add".to_owned(),
        input: number(amount),
        at: Some(now.saturating_add(Duration::from_secs(seconds))),
    };
    vec![signal(0, 1, 60), signal(1, 10, 0), complete("sent")]
}

#[tokio::test]
async fn signals_of_orchestrations_outlive_them() {
    let scene = Scene::new(Scripts::default().with("sends", sends)).await;
    let id = scene.start("sends", "s", "").await;
    assert_eq!(scene.output(&id).await, "sent");
    assert_eq!(value(&scene, "k").await, Some(10));
    scene.client.purge(id, Reach::Instance).await.unwrap();
    scene.advance(60).await;
    assert_eq!(value(&scene, "k").await, Some(11));
}

#[tokio::test]
async fn an_entity_may_remind_itself() {
    let scene = Scene::new(Scripts::default()).await;
    scene.client.signal_entity(counter("k"), "remind".to_owned(), number(7)).await.unwrap();
    scene.advance(59).await;
    assert_eq!(value(&scene, "k").await, None);
    scene.advance(1).await;
    assert_eq!(value(&scene, "k").await, Some(7));
}

#[tokio::test]
async fn what_is_scheduled_outlives_a_crash_and_comes_once() {
    let scene = Scene::new(Scripts::default()).await;
    add_in(&scene, "k", 1, 60).await;
    add_in(&scene, "k", 10, 120).await;
    let scene = scene.restart().await;
    scene.advance(60).await;
    assert_eq!(value(&scene, "k").await, Some(1));
    let scene = scene.restart().await;
    assert_eq!(value(&scene, "k").await, Some(1));
    let clock = scene.clock.clone();
    let restarting = scene.restart();
    clock.advance(Duration::from_secs(600), || std::future::ready(())).await;
    assert_eq!(value(&restarting.await, "k").await, Some(11));
}

#[tokio::test]
async fn many_at_one_time_all_come_in_order() {
    let options = Options { evict_seed: Some(3), ..Options::default() };
    let scene = Scene::with_options(Scripts::default(), options).await;
    for n in 0..700 {
        add_in(&scene, &format!("k{}", n % 7), 1, 60).await;
    }
    scene.advance(60).await;
    for key in 0..7 {
        assert_eq!(value(&scene, &format!("k{key}")).await, Some(100));
    }
}

#[tokio::test]
async fn they_wait_for_a_lock_like_all_others() {
    let holder = |past: &Past| {
        let mut wishes = vec![Action::LockEntities { id: 0, entities: vec![counter("k")] }];
        wishes.extend(past.events.first().map(|_| complete("over")));
        wishes
    };
    let scene = Scene::new(Scripts::default().with("holder", holder)).await;
    let id = scene.start("holder", "h", "").await;
    add_in(&scene, "k", 1, 60).await;
    scene.advance(120).await;
    assert_eq!(value(&scene, "k").await, None);
    scene.client.raise_event(id, "go".to_owned(), JsonText::null()).await.unwrap();
    assert_eq!(value(&scene, "k").await, Some(1));
}
