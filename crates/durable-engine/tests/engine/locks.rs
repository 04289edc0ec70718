//! Critical sections: who waits, who does not, and what becomes of locks when their holder ends.

use std::time::Duration;

use durable_engine::Options;
use fnhost_protocol::{
    action::Action,
    client::Reach,
    failure::Failure,
    history::TaskId,
    ids::{EntityId, InstanceId},
    json::JsonText,
    status::RuntimeStatus,
};

use crate::support::{Past, Scene, Scripts, complete};

fn counter(key: &str) -> EntityId {
    EntityId::new("counter", key).unwrap()
}

fn number(number: i64) -> JsonText {
    JsonText::of(&number).unwrap()
}

fn lock(id: TaskId, keys: &[&str]) -> Action {
    Action::LockEntities { id, entities: keys.iter().map(|key| counter(key)).collect() }
}

fn add(id: TaskId, key: &str, amount: i64) -> Action {
    let (entity, operation) = (counter(key), "add".to_owned());
    Action::CallEntity { id, entity, operation, input: number(amount) }
}

/// Moves 1 from the first to the second of `from to`.
fn transfer(past: &Past) -> Vec<Action> {
    let (from, to) = past.input.split_once(' ').unwrap();
    let mut wishes = vec![lock(0, &[from, to])];
    if past.ok(0).is_some() {
        wishes.extend([add(1, from, -1), add(2, to, 1)]);
    }
    if past.ok(1).is_some() && past.ok(2).is_some() {
        wishes.extend([Action::UnlockEntities { id: 0 }, complete("moved")]);
    }
    wishes
}

/// Locks `x` and `y`, adds 1 to `x`, and ends as the event `end` says.
fn holder(past: &Past) -> Vec<Action> {
    let mut wishes = vec![lock(0, &["y", "x"])];
    if past.ok(0).is_some() {
        wishes.push(add(1, "x", 1));
    }
    let Some((_, how)) = past.events.first() else { return wishes };
    wishes.push(match how.as_str() {
        "release" => Action::UnlockEntities { id: 0 },
        "complete" => complete("done"),
        "fail" => Action::Fail { failure: Failure::new("Asked", "to fail") },
        _ => Action::ContinueAsNew { input: JsonText::string("again"), carryover: Vec::new() },
    });
    wishes
}

/// Adds 10 to `x`, which waits while somebody has it locked.
fn other(past: &Past) -> Vec<Action> {
    let mut wishes = vec![add(0, "x", 10)];
    wishes.extend(past.ok(0).map(complete));
    wishes
}

async fn value(scene: &Scene, key: &str) -> i64 {
    scene.client.settled().await;
    let status = scene.client.read_entity(counter(key)).await.unwrap();
    status.and_then(|status| status.state).map_or(0, |state| state.read().unwrap())
}

async fn event(scene: &Scene, id: &InstanceId, payload: &str) {
    let (name, payload) = ("end".to_owned(), JsonText::string(payload));
    scene.client.raise_event(id.clone(), name, payload).await.unwrap();
}

async fn status(scene: &Scene, id: &InstanceId) -> RuntimeStatus {
    scene.client.settled().await;
    scene.client.status(id.clone(), Default::default()).await.unwrap().unwrap().status
}

fn programs() -> Scripts {
    Scripts::default().with("transfer", transfer).with("holder", holder).with("other", other)
}

/// Somebody who holds `x` and `y`, and somebody who waits for `x`.
async fn held(options: Options) -> (Scene, InstanceId, InstanceId) {
    let scene = Scene::with_options(programs(), options).await;
    let holder = scene.start("holder", "holder", "").await;
    assert_eq!(value(&scene, "x").await, 1);
    let other = scene.start("other", "other", "").await;
    assert_eq!((value(&scene, "x").await, status(&scene, &other).await), (1, RuntimeStatus::Running));
    (scene, holder, other)
}

#[tokio::test]
async fn transfers_in_every_direction_lose_nothing_and_all_end() {
    for evict_seed in [None, Some(7)] {
        let scene = Scene::with_options(programs(), Options { evict_seed, ..Options::default() }).await;
        let names = ["a", "b", "c", "d"];
        let mut all = Vec::new();
        for round in 0..120 {
            let (from, to) = (names[round % 4], names[(round / 4 + round + 1) % 4]);
            all.push(scene.start("transfer", &format!("t{round}"), &format!("{from} {to}")).await);
        }
        for id in &all {
            assert_eq!(scene.output(id).await, "moved");
        }
        let mut sum = 0;
        for name in names {
            sum += value(&scene, name).await;
        }
        assert_eq!(sum, 0);
    }
}

#[tokio::test]
async fn others_wait_until_the_section_is_over_however_it_ends() {
    for how in ["release", "complete", "fail", "continue as new"] {
        let (scene, holder, other) = held(Options::default()).await;
        scene.client.signal_entity(counter("x"), "add".to_owned(), number(100)).await.unwrap();
        scene.client.signal_entity(counter("y"), "add".to_owned(), number(100)).await.unwrap();
        assert_eq!((value(&scene, "x").await, value(&scene, "y").await), (1, 0), "{how}");
        event(&scene, &holder, how).await;
        assert_eq!(scene.output(&other).await, "11", "{how}");
        let again = i64::from(how == "continue as new");
        assert_eq!((value(&scene, "x").await, value(&scene, "y").await), (111 + again, 100), "{how}");
    }
}

#[tokio::test]
async fn whoever_is_terminated_lets_go() {
    let (scene, holder, other) = held(Options::default()).await;
    scene.client.terminate(holder, "enough".to_owned(), Reach::Instance).await.unwrap();
    assert_eq!(scene.output(&other).await, "11");
}

#[tokio::test]
async fn whoever_is_terminated_while_it_waits_is_never_granted_anything() {
    let (scene, holder, other) = held(Options::default()).await;
    let second = scene.start("holder", "second", "").await;
    scene.client.settled().await;
    scene.client.terminate(second, "enough".to_owned(), Reach::Instance).await.unwrap();
    scene.client.settled().await;
    event(&scene, &holder, "release").await;
    assert_eq!(scene.output(&other).await, "11");
    scene.client.signal_entity(counter("y"), "add".to_owned(), number(5)).await.unwrap();
    assert_eq!(value(&scene, "y").await, 5);
}

#[tokio::test]
async fn locks_and_those_who_wait_outlive_a_crash() {
    let (scene, holder, other) = held(Options::default()).await;
    let scene = scene.restart().await;
    scene.client.signal_entity(counter("x"), "add".to_owned(), number(100)).await.unwrap();
    assert_eq!((value(&scene, "x").await, status(&scene, &other).await), (1, RuntimeStatus::Running));
    let scene = scene.restart().await;
    assert_eq!(value(&scene, "x").await, 1);
    event(&scene, &holder, "release").await;
    assert_eq!(scene.output(&other).await, "11");
    assert_eq!(value(&scene, "x").await, 111);
}

#[tokio::test]
async fn who_waits_may_leave_the_memory() {
    let options = Options { idle_bytes: 0, ..Options::default() };
    let (scene, holder, other) = held(options).await;
    for _ in 0..3 {
        scene.client.signal_entity(counter("x"), "add".to_owned(), number(100)).await.unwrap();
    }
    assert_eq!(value(&scene, "x").await, 1);
    event(&scene, &holder, "release").await;
    assert_eq!(scene.output(&other).await, "11");
    assert_eq!(value(&scene, "x").await, 311);
}

/// Time does not pass by itself here, so the sweep that looks for the holder comes at once.
#[tokio::test(start_paused = true)]
async fn a_holder_that_was_replaced_does_not_leave_its_locks_behind() {
    let options = Options { replace_live: true, ..Options::default() };
    let (scene, holder, other) = held(options).await;
    let replaced = scene.start("other", holder.as_str(), "").await;
    assert_eq!(scene.output(&other).await, "11");
    assert_eq!(scene.output(&replaced).await, "21");
    scene.client.signal_entity(counter("y"), "add".to_owned(), number(5)).await.unwrap();
    // Nobody waited for `y` before.
    while value(&scene, "y").await != 5 {
        tokio::time::advance(Duration::from_secs(1)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_of_somebody_who_was_replaced_locks_nobody_out() {
    let options = Options { replace_live: true, ..Options::default() };
    let (scene, holder, other) = held(options).await;
    let second = scene.start("holder", "second", "").await;
    scene.client.settled().await;
    let replaced = scene.start("other", second.as_str(), "").await;
    event(&scene, &holder, "complete").await;
    assert_eq!(scene.output(&other).await, "11");
    assert_eq!(scene.output(&replaced).await, "21");
}

#[tokio::test]
async fn a_hub_of_empty_entities_is_cleaned_but_for_the_locked() {
    let scene = Scene::new(programs()).await;
    let holder = scene.start("holder", "holder", "").await;
    for number in 0..5 {
        let key = counter(&format!("empty {number}"));
        scene.client.signal_entity(key, "delete".to_owned(), JsonText::null()).await.unwrap();
    }
    scene.client.settled().await;
    let first = scene.client.clean_entities(None, 3).await.unwrap();
    assert_eq!(first.removed, 3);
    let rest = scene.client.clean_entities(first.continuation, 3).await.unwrap();
    assert_eq!((rest.removed, rest.continuation), (2, None));
    event(&scene, &holder, "release").await;
    scene.client.settled().await;
    // `x` has a state; `y` was only locked.
    assert_eq!(scene.client.clean_entities(None, 100).await.unwrap().removed, 1);
    scene.client.signal_entity(counter("empty 1"), "add".to_owned(), number(5)).await.unwrap();
    assert_eq!((value(&scene, "empty 1").await, value(&scene, "x").await), (5, 1));
}
