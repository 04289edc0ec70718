//! Sequences, fan-out, children, timers, failures.

use std::time::Duration;

use fnhost_protocol::{
    action::Action,
    client::{ClientError, Reach, StartRequest, StatusDetail},
    failure::Failure,
    ids::InstanceId,
    json::JsonText,
    status::RuntimeStatus,
};

use crate::support::{Past, Scene, Scripts, call, complete};

fn sequence(past: &Past) -> Vec<Action> {
    let mut wishes = Vec::new();
    for id in 0..3 {
        wishes.push(call(id, "echo", &format!("step {id}")));
        if past.ok(id).is_none() {
            return wishes;
        }
    }
    wishes.push(complete(&format!("{} done", past.input)));
    wishes
}

#[tokio::test]
async fn a_sequence_of_three_completes() {
    let scene = Scene::new(Scripts::default().with("sequence", sequence)).await;
    let id = scene.start("sequence", "one", "all").await;
    assert_eq!(scene.output(&id).await, "all done");
    let status = scene.client.status(id, StatusDetail { input: true, history: true }).await.unwrap().unwrap();
    assert_eq!(status.input, Some(JsonText::string("all")));
    // 4 turns: started + 3 completions + 3 schedulings + 4 turn starts + completed
    assert_eq!(status.history.unwrap().len(), 1 + 3 + 3 + 4 + 1);
    assert_eq!(*scene.scripts.tasks_run.lock().unwrap(), ["echo", "echo", "echo"]);
}

fn fan_out(past: &Past) -> Vec<Action> {
    let width: u32 = past.input.parse().unwrap();
    let mut wishes: Vec<Action> = (0..width).map(|id| call(id, "echo", "x")).collect();
    if (0..width).all(|id| past.ok(id).is_some()) {
        wishes.push(complete(&past.done.len().to_string()));
    }
    wishes
}

#[tokio::test]
async fn a_fan_out_wider_than_the_slots_completes() {
    for width in ["0", "1", "31", "1000"] {
        let scene = Scene::new(Scripts::default().with("fan", fan_out)).await;
        let id = scene.start("fan", "f", width).await;
        assert_eq!(scene.output(&id).await, width);
        assert_eq!(scene.scripts.tasks_run.lock().unwrap().len().to_string(), width);
    }
}

fn parent(past: &Past) -> Vec<Action> {
    let child = |id, name: &str, instance| Action::CreateSubOrchestration {
        id,
        name: name.to_owned(),
        instance,
        input: JsonText::string("from parent"),
        retry: None,
    };
    let mut wishes =
        vec![child(0, "sequence", None), child(1, "bad", Some(InstanceId::parse("kid").unwrap()))];
    if let (Some(first), Some(second)) = (past.done.get(&0), past.done.get(&1)) {
        wishes.push(complete(&format!("{first:?} {second:?}")));
    }
    wishes
}

fn bad(_: &Past) -> Vec<Action> {
    vec![Action::Fail { failure: Failure::new("Bad", "it went wrong") }]
}

#[tokio::test]
async fn children_report_results_and_failures_to_their_parent() {
    let scripts = Scripts::default().with("parent", parent).with("sequence", sequence).with("bad", bad);
    let scene = Scene::new(scripts).await;
    let id = scene.start("parent", "p", "").await;
    assert_eq!(
        scene.output(&id).await,
        r#"Ok("from parent done") Err("sub-orchestration `bad` (kid) failed: it went wrong")"#
    );
    let kid = scene.finish(&InstanceId::parse("kid").unwrap()).await;
    assert_eq!(kid.status, RuntimeStatus::Failed);
    assert_eq!(kid.failure.unwrap().message, "it went wrong");
}

#[tokio::test]
async fn a_taken_child_id_fails_the_child_and_not_the_other() {
    let scripts = Scripts::default().with("parent", parent).with("sequence", sequence).with("bad", bad);
    let scripts = scripts.with("wait", |_| Vec::new());
    let scene = Scene::new(scripts).await;
    scene.start("wait", "kid", "").await;
    let id = scene.start("parent", "p", "").await;
    assert_eq!(
        scene.output(&id).await,
        "Ok(\"from parent done\") Err(\"sub-orchestration `bad` was not started: an instance with id `kid` is not \
         finished\")"
    );
}

#[tokio::test]
async fn failing_and_panicking_activities_are_failures_of_the_task() {
    let program = |past: &Past| {
        let mut wishes = vec![call(0, "fail", ""), call(1, "panic", "")];
        if let (Some(a), Some(b)) = (past.done.get(&0), past.done.get(&1)) {
            wishes.push(complete(&format!("{} / {}", a.clone().unwrap_err(), b.clone().unwrap_err())));
        }
        wishes
    };
    let scene = Scene::new(Scripts::default().with("p", program)).await;
    let id = scene.start("p", "p", "").await;
    assert_eq!(
        scene.output(&id).await,
        "it was asked to fail / the worker panicked; this is a defect of the host"
    );
}

fn timer(past: &Past) -> Vec<Action> {
    let fire_at = past.now.unwrap().saturating_add(Duration::from_secs(300));
    let mut wishes = vec![Action::CreateTimer { id: 0, fire_at }];
    if past.events.iter().any(|(name, _)| name == "stop") {
        wishes.push(Action::CancelTimer { id: 0 });
        wishes.push(complete("stopped"));
    } else if past.ok(0).is_some() {
        wishes.push(complete("fired"));
    }
    wishes
}

#[tokio::test]
async fn timers_fire_when_the_clock_is_turned_and_not_before() {
    let scene = Scene::new(Scripts::default().with("timer", timer)).await;
    let id = scene.start("timer", "t", "").await;
    scene.advance(299).await;
    let status = scene.client.status(id.clone(), StatusDetail::default()).await.unwrap().unwrap();
    assert_eq!(status.status, RuntimeStatus::Running);
    scene.advance(1).await;
    assert_eq!(scene.output(&id).await, "fired");
    let status = scene.client.status(id, StatusDetail::default()).await.unwrap().unwrap();
    assert_eq!(status.updated_at, scene.now());
}

#[tokio::test]
async fn a_cancelled_timer_never_fires() {
    let scene = Scene::new(Scripts::default().with("timer", timer)).await;
    let id = scene.start("timer", "t", "").await;
    scene.client.raise_event(id.clone(), "stop".to_owned(), JsonText::null()).await.unwrap();
    assert_eq!(scene.output(&id).await, "stopped");
    scene.advance(1_000).await;
    let status = scene.client.status(id, StatusDetail::default()).await.unwrap().unwrap();
    assert_eq!(status.status, RuntimeStatus::Completed);
}

#[tokio::test]
async fn an_unknown_function_and_a_taken_id_are_refused_before_anything_is_stored() {
    let scene = Scene::new(Scripts::default().with("wait", |_| Vec::new()).with("bad", bad)).await;
    let request = |function: &str| StartRequest {
        function: function.to_owned(),
        instance: Some(InstanceId::parse("a").unwrap()),
        input: JsonText::null(),
    };
    let refused = scene.client.start(request("nope")).await.unwrap_err();
    assert_eq!(refused, ClientError::UnknownFunction { message: "no function `nope`".to_owned() });
    assert_eq!(
        scene.client.status(InstanceId::parse("a").unwrap(), StatusDetail::default()).await.unwrap(),
        None
    );
    let id = scene.client.start(request("wait")).await.unwrap();
    scene.client.settled().await;
    let taken = scene.client.start(request("wait")).await.unwrap_err();
    assert_eq!(taken, ClientError::AlreadyExists { id: id.clone(), status: RuntimeStatus::Running });
    // A finished instance gives its id away.
    scene.client.terminate(id.clone(), "enough".to_owned(), Reach::Instance).await.unwrap();
    assert_eq!(scene.finish(&id).await.status, RuntimeStatus::Terminated);
    scene.client.start(request("bad")).await.unwrap();
    assert_eq!(scene.finish(&id).await.status, RuntimeStatus::Failed);
}

#[tokio::test]
async fn two_starts_with_one_id_have_one_winner() {
    let scene = Scene::new(Scripts::default().with("wait", |_| Vec::new())).await;
    let request = StartRequest {
        function: "wait".to_owned(),
        instance: Some(InstanceId::parse("same").unwrap()),
        input: JsonText::null(),
    };
    let starts = (0..20).map(|_| scene.client.start(request.clone()));
    let results = futures_util::future::join_all(starts).await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    assert!(
        results
            .iter()
            .filter_map(|r| r.as_ref().err())
            .all(|e| matches!(e, ClientError::AlreadyExists { .. }))
    );
}
