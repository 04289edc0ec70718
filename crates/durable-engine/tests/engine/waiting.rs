//! Starting and waiting in one call.

use std::time::Duration;

use fnhost_protocol::{
    action::Action,
    client::{ClientError, StartRequest, StatusDetail},
    ids::InstanceId,
    json::JsonText,
    status::{InstanceStatus, RuntimeStatus},
};

use crate::support::{Past, Scene, Scripts, call, complete};

const LONG: Duration = Duration::from_secs(20);

fn request(function: &str, id: &str) -> StartRequest {
    let instance = Some(InstanceId::parse(id).unwrap());
    StartRequest { function: function.to_owned(), instance, input: JsonText::string("in") }
}

/// Calls two activities, then is done.
fn work(past: &Past) -> Vec<Action> {
    let mut wishes = vec![call(0, "echo", "a"), call(1, "echo", "b")];
    if past.ok(0).is_some() && past.ok(1).is_some() {
        wishes.push(complete("worked"));
    }
    wishes
}

fn shows(past: &Past) -> Vec<Action> {
    let mut wishes = vec![Action::SetCustomStatus { status: JsonText::string("halfway") }];
    wishes.extend(work(past));
    wishes
}

fn waits_for_an_event(past: &Past) -> Vec<Action> {
    if past.events.is_empty() { vec![] } else { vec![complete("waited")] }
}

async fn stored(scene: &Scene, id: &InstanceId) -> InstanceStatus {
    scene.client.status(id.clone(), StatusDetail::default()).await.unwrap().unwrap()
}

#[tokio::test]
async fn the_answer_is_what_the_store_would_say() {
    let at_once: fn(&Past) -> Vec<Action> = |_| vec![complete("at once")];
    let fails: fn(&Past) -> Vec<Action> =
        |_| vec![Action::Fail { failure: fnhost_protocol::failure::Failure::new("Test", "no") }];
    let scripts = Scripts::default().with("work", work).with("shows", shows);
    let scene = Scene::new(scripts.with("at_once", at_once).with("fails", fails)).await;
    for function in ["work", "shows", "at_once", "fails"] {
        let (id, status) = scene.client.start_and_wait(request(function, function), LONG).await.unwrap();
        assert_eq!(status, Some(stored(&scene, &id).await), "{function}");
    }
}

#[tokio::test]
async fn who_does_not_finish_in_time_is_told_by_id() {
    let scene = Scene::new(Scripts::default().with("waits", waits_for_an_event)).await;
    let (id, status) = scene.client.start_and_wait(request("waits", "a"), Duration::ZERO).await.unwrap();
    assert_eq!(status, None);
    assert_eq!(stored(&scene, &id).await.status, RuntimeStatus::Running);
}

/// Who has the id before answers nobody who asked for a new instance.
#[tokio::test]
async fn a_taken_id_is_refused_at_once() {
    let scene = Scene::new(Scripts::default().with("waits", waits_for_an_event)).await;
    let id = scene.start("waits", "a", "in").await;
    let refused = scene.client.start_and_wait(request("waits", "a"), LONG).await;
    let taken = ClientError::AlreadyExists { id: id.clone(), status: RuntimeStatus::Running };
    assert_eq!(refused, Err(taken));
    scene.client.raise_event(id.clone(), "go".to_owned(), JsonText::null()).await.unwrap();
    assert_eq!(scene.output(&id).await, "waited");
}

#[tokio::test]
async fn an_unknown_function_is_refused() {
    let scene = Scene::new(Scripts::default()).await;
    let refused = scene.client.start_and_wait(request("nobody", "a"), LONG).await;
    assert!(matches!(refused, Err(ClientError::UnknownFunction { .. })), "{refused:?}");
}

#[tokio::test]
async fn an_event_ends_the_waiting() {
    let scene = Scene::new(Scripts::default().with("waits", waits_for_an_event)).await;
    let waiting = scene.client.start_and_wait(request("waits", "a"), LONG);
    let raising = async {
        let id = InstanceId::parse("a").unwrap();
        while scene.client.raise_event(id.clone(), "go".to_owned(), JsonText::null()).await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    let (answer, ()) = tokio::join!(waiting, raising);
    let (id, status) = answer.unwrap();
    assert_eq!(status, Some(stored(&scene, &id).await));
}
