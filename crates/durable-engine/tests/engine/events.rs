//! External events, continue-as-new, suspension, termination, purge.

use fnhost_protocol::{
    action::Action,
    client::{ClientError, Purged, Reach, StatusDetail},
    ids::InstanceId,
    json::JsonText,
    status::RuntimeStatus,
};

use crate::support::{Past, Scene, Scripts, call, complete};

/// Completes with all payloads as soon as there are three.
fn three(past: &Past) -> Vec<Action> {
    let payloads: Vec<&str> = past.events.iter().map(|(_, payload)| payload.as_str()).collect();
    if payloads.len() >= 3 { vec![complete(&payloads.join(","))] } else { Vec::new() }
}

async fn raise(scene: &Scene, id: &InstanceId, payload: &str) -> Result<(), ClientError> {
    scene.client.raise_event(id.clone(), "e".to_owned(), JsonText::string(payload)).await
}

async fn status(scene: &Scene, id: &InstanceId) -> RuntimeStatus {
    scene.client.settled().await;
    scene.client.status(id.clone(), StatusDetail::default()).await.unwrap().unwrap().status
}

#[tokio::test]
async fn events_arrive_in_order() {
    let scene = Scene::new(Scripts::default().with("three", three)).await;
    let id = scene.start("three", "t", "").await;
    for payload in ["a", "b", "c"] {
        raise(&scene, &id, payload).await.unwrap();
    }
    assert_eq!(scene.output(&id).await, "a,b,c");
}

#[tokio::test]
async fn events_to_unknown_and_finished_instances_are_refused() {
    let scene = Scene::new(Scripts::default().with("three", three)).await;
    let nobody = InstanceId::parse("nobody").unwrap();
    assert_eq!(raise(&scene, &nobody, "x").await, Err(ClientError::NotFound { id: nobody }));
    let id = scene.start("three", "t", "").await;
    scene.client.terminate(id.clone(), "why not".to_owned(), Reach::Instance).await.unwrap();
    let finished = scene.finish(&id).await;
    assert_eq!(
        (finished.status, finished.output),
        (RuntimeStatus::Terminated, Some(JsonText::string("why not")))
    );
    let refused = ClientError::Finished { id: id.clone(), status: RuntimeStatus::Terminated };
    assert_eq!(raise(&scene, &id, "x").await, Err(refused.clone()));
    assert_eq!(scene.client.terminate(id.clone(), String::new(), Reach::Instance).await, Err(refused));
}

#[tokio::test]
async fn what_arrives_while_suspended_is_delivered_in_order_after_resume() {
    let scene = Scene::new(Scripts::default().with("three", three)).await;
    let id = scene.start("three", "t", "").await;
    raise(&scene, &id, "a").await.unwrap();
    assert_eq!(status(&scene, &id).await, RuntimeStatus::Running);
    scene.client.suspend(id.clone(), "pause".to_owned()).await.unwrap();
    assert_eq!(status(&scene, &id).await, RuntimeStatus::Suspended);
    raise(&scene, &id, "b").await.unwrap();
    raise(&scene, &id, "c").await.unwrap();
    assert_eq!(status(&scene, &id).await, RuntimeStatus::Suspended);
    scene.client.resume(id.clone(), "go".to_owned()).await.unwrap();
    assert_eq!(scene.output(&id).await, "a,b,c");
}

/// Counts `add` events, continuing as new after each; ends at `end`. Unread events are carried over.
fn eternal(past: &Past) -> Vec<Action> {
    let count: u32 = past.input.parse().unwrap();
    match past.events.split_first() {
        None => Vec::new(),
        Some(((name, _), _)) if name == "end" => vec![complete(&count.to_string())],
        Some((_, rest)) => vec![Action::ContinueAsNew {
            input: JsonText::string(&(count + 1).to_string()),
            carryover: rest.iter().map(|(name, payload)| (name.clone(), JsonText::string(payload))).collect(),
        }],
    }
}

#[tokio::test]
async fn continue_as_new_carries_events_over_and_keeps_history_short() {
    let scene = Scene::new(Scripts::default().with("eternal", eternal)).await;
    let id = scene.start("eternal", "e", "0").await;
    for _ in 0..200 {
        scene.client.raise_event(id.clone(), "add".to_owned(), JsonText::null()).await.unwrap();
    }
    scene.client.settled().await;
    let detail = StatusDetail { input: true, history: true };
    let status = scene.client.status(id.clone(), detail).await.unwrap().unwrap();
    assert_eq!(status.input, Some(JsonText::string("200")));
    assert!(status.history.unwrap().len() <= 3);
    scene.client.raise_event(id.clone(), "end".to_owned(), JsonText::null()).await.unwrap();
    assert_eq!(scene.output(&id).await, "200");
}

#[tokio::test]
async fn many_events_at_once_survive_continue_as_new() {
    let scene = Scene::new(Scripts::default().with("eternal", eternal)).await;
    let id = scene.start("eternal", "e", "0").await;
    let raises = (0..500).map(|_| scene.client.raise_event(id.clone(), "add".to_owned(), JsonText::null()));
    assert!(futures_util::future::join_all(raises).await.iter().all(Result::is_ok));
    scene.client.raise_event(id.clone(), "end".to_owned(), JsonText::null()).await.unwrap();
    assert_eq!(scene.output(&id).await, "500");
}

#[tokio::test]
async fn only_finished_instances_are_purged() {
    let scene = Scene::new(Scripts::default().with("three", three)).await;
    let id = scene.start("three", "t", "").await;
    scene.client.settled().await;
    let refused = ClientError::NotFinished { id: id.clone(), status: RuntimeStatus::Running };
    assert_eq!(scene.client.purge(id.clone(), Reach::Instance).await, Err(refused));
    scene.client.terminate(id.clone(), String::new(), Reach::Instance).await.unwrap();
    scene.finish(&id).await;
    let purged = Purged { instances: 1, is_complete: true };
    assert_eq!(scene.client.purge(id.clone(), Reach::Instance).await, Ok(purged));
    assert_eq!(
        scene.client.purge(id.clone(), Reach::Instance).await,
        Err(ClientError::NotFound { id: id.clone() })
    );
    assert_eq!(scene.client.status(id, StatusDetail::default()).await.unwrap(), None);
}

#[tokio::test]
async fn a_terminated_orchestration_stops_its_running_activities() {
    fn waits(_: &Past) -> Vec<Action> {
        vec![call(0, "slow", ""), call(1, "slow", "")]
    }
    let scene = Scene::new(Scripts::default().with("waits", waits)).await;
    let id = scene.start("waits", "t", "").await;
    while scene.scripts.tasks_run.lock().unwrap().len() < 2 {
        tokio::task::yield_now().await;
    }
    scene.client.terminate(id.clone(), "enough".to_owned(), Reach::Instance).await.unwrap();
    assert_eq!(scene.finish(&id).await.status, RuntimeStatus::Terminated);
    while scene.scripts.cut_off.load(std::sync::atomic::Ordering::SeqCst) < 2 {
        tokio::task::yield_now().await;
    }
    assert!(scene.engine.stop(std::future::pending()).await.unwrap(), "nothing was left to cut off");
}
