//! Entities: implicit creation, strict order, calls from orchestrations, failures.

use fnhost_protocol::{action::Action, client::ClientError, ids::EntityId, json::JsonText};

use crate::support::{Past, Scene, Scripts, complete};

fn counter(key: &str) -> EntityId {
    EntityId::new("counter", key).unwrap()
}

async fn value(scene: &Scene, key: &str) -> Option<i64> {
    scene.client.settled().await;
    let status = scene.client.read_entity(counter(key)).await.unwrap()?;
    status.state.map(|state| state.read().unwrap())
}

fn number(number: i64) -> JsonText {
    JsonText::of(&number).unwrap()
}

#[tokio::test]
async fn signals_create_the_entity_and_are_all_counted() {
    let scene = Scene::new(Scripts::default()).await;
    assert_eq!(value(&scene, "k").await, None);
    let signals = (1..=200).map(|n| scene.client.signal_entity(counter("k"), "add".to_owned(), number(n)));
    assert!(futures_util::future::join_all(signals).await.iter().all(Result::is_ok));
    assert_eq!(value(&scene, "k").await, Some(200 * 201 / 2));
    scene.client.signal_entity(counter("k"), "delete".to_owned(), JsonText::null()).await.unwrap();
    assert_eq!(value(&scene, "k").await, None);
    scene.client.signal_entity(counter("k"), "add".to_owned(), number(5)).await.unwrap();
    assert_eq!(value(&scene, "k").await, Some(5));
}

#[tokio::test]
async fn an_unknown_entity_function_is_refused() {
    let scene = Scene::new(Scripts::default()).await;
    let nobody = EntityId::new("nobody", "").unwrap();
    let refused = scene.client.signal_entity(nobody, "add".to_owned(), number(1)).await.unwrap_err();
    assert_eq!(refused, ClientError::UnknownFunction { message: "no function `nobody`".to_owned() });
}

fn caller(past: &Past) -> Vec<Action> {
    let operation = |id, operation: &str, input| Action::CallEntity {
        id,
        entity: counter("shared"),
        operation: operation.to_owned(),
        input,
    };
    let mut wishes = vec![
        Action::SignalEntity {
            id: 0,
            entity: counter("shared"),
            operation: "add".to_owned(),
            input: number(3),
            at: None,
        },
        operation(1, "get", JsonText::null()),
        operation(2, "explode", JsonText::null()),
    ];
    if let (Some(got), Some(failed)) = (past.done.get(&1), past.done.get(&2)) {
        wishes.push(complete(&format!("{got:?} {failed:?}")));
    }
    wishes
}

#[tokio::test]
async fn an_orchestration_sees_its_own_signal_and_gets_answers_and_failures() {
    let scene = Scene::new(Scripts::default().with("caller", caller)).await;
    let id = scene.start("caller", "c", "").await;
    assert_eq!(scene.output(&id).await, r#"Ok("3") Err("no operation `explode`")"#);
    assert_eq!(value(&scene, "shared").await, Some(3));
}
