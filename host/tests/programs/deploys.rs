//! Code that changes while instances run: what cannot follow a history is suspended, and goes on with code that can.

use fnhost_protocol::{
    failure::kind, history::EventKind, ids::InstanceId, json::JsonText, status::RuntimeStatus,
};
use fnhost_sdk::{OrchestrationContext, Registry, Result};

use crate::stage::{Running, Stage};

async fn add(numbers: Vec<u32>) -> Result<u32> {
    Ok(numbers.iter().sum())
}

/// Adds what events bring, until it has three.
async fn right(ctx: OrchestrationContext) -> Result<u32> {
    let mut sum = ctx.activity::<u32>("Add", [1, 2]).await?;
    for _ in 0..3 {
        let number = ctx.wait_for_event::<u32>("Number").await?;
        sum = ctx.activity("Add", [sum, number]).await?;
    }
    Ok(sum)
}

/// Begins otherwise.
async fn wrong(ctx: OrchestrationContext) -> Result<u32> {
    ctx.activity::<u32>("Multiply", [1, 2]).await
}

fn handlers() -> Registry {
    Registry::new().activity("Add", "add.rs", add)
}

async fn raise(host: &Running<'_>, id: &InstanceId, number: u32) {
    host.app
        .durable()
        .raise_event(id.clone(), "number".to_owned(), JsonText::of(&number).unwrap())
        .await
        .unwrap();
    host.advance(0).await;
}

async fn resume(host: &Running<'_>, id: &InstanceId) {
    let path = format!("/runtime/webhooks/durabletask/instances/{id}/resume?reason=fixed");
    assert_eq!(host.app.post(&path, "").await.unwrap().status(), 202);
    host.advance(0).await;
}

#[tokio::test]
async fn an_instance_outlives_code_that_does_not_follow_its_history() {
    let mut stage = Stage::new(&["Add"], &["Sum"]);
    let host = stage.start(handlers().orchestration("Sum", "sum.rs", right)).await;
    let id = host.begin("Sum", "s").await;
    raise(&host, &id, 10).await;
    let before = host.history(&id).await;
    host.stop().await;

    // A deploy that breaks it. Nothing happens until something arrives.
    let host = stage.start(handlers().orchestration("Sum", "sum.rs", wrong)).await;
    assert_eq!(host.status(&id).await.status, RuntimeStatus::Running);
    raise(&host, &id, 20).await;
    let status = host.status(&id).await;
    assert_eq!(status.status, RuntimeStatus::Suspended);
    let failure = status.failure.unwrap();
    assert_eq!(failure.kind, kind::NON_DETERMINISTIC);
    let told = "in turn 1, at event 3 (TaskScheduled): history says that the code asked for activity `Add` (task 0), but \
                the code asks for activity `Multiply` (task 0).";
    assert!(failure.message.contains(told), "{failure}");
    let document = host.document(&id).await;
    assert_eq!(document["runtimeStatus"], "Suspended");
    assert!(document["output"].as_str().unwrap().contains(told), "{document}");
    assert_eq!(status.history.unwrap()[..before.len()], before, "what was, stays");
    // It keeps what comes, and resuming it changes nothing as long as the code is wrong.
    raise(&host, &id, 30).await;
    resume(&host, &id).await;
    assert_eq!(host.status(&id).await.status, RuntimeStatus::Suspended);
    host.stop().await;

    // A deploy that mends it.
    let host = stage.start(handlers().orchestration("Sum", "sum.rs", right)).await;
    assert_eq!(host.status(&id).await.status, RuntimeStatus::Suspended);
    resume(&host, &id).await;
    assert_eq!(host.output::<u32>(&id).await, 63);
    let status = host.status(&id).await;
    assert_eq!(status.failure, None);
    let raised = |event: &EventKind| matches!(event, EventKind::EventRaised { .. });
    assert_eq!(status.history.unwrap().iter().filter(|event| raised(&event.kind)).count(), 3);
    host.stop().await;
}

#[tokio::test]
async fn an_instance_waits_for_a_function_that_is_gone() {
    let mut stage = Stage::new(&["Add"], &["Sum"]);
    let host = stage.start(handlers().orchestration("Sum", "sum.rs", right)).await;
    let id = host.begin("Sum", "s").await;
    host.stop().await;

    // Its file is broken, so it is left out.
    stage.function("Sum", "orchestrationTrigger", "colour = \"red\"");
    let host = stage.start(handlers()).await;
    for number in [1, 2, 3] {
        raise(&host, &id, number).await;
    }
    let status = host.status(&id).await;
    assert_eq!(
        (status.status, status.failure.unwrap().kind.as_str()),
        (RuntimeStatus::Suspended, kind::UNKNOWN_FUNCTION)
    );
    host.stop().await;

    stage.function("Sum", "orchestrationTrigger", "");
    let host = stage.start(handlers().orchestration("Sum", "sum.rs", right)).await;
    resume(&host, &id).await;
    assert_eq!(host.output::<u32>(&id).await, 9);
    host.stop().await;
}

/// A child that cannot go on does not fail: its parent waits for the code that can.
#[tokio::test]
async fn a_parent_waits_for_a_child_that_is_held_back() {
    async fn parent(ctx: OrchestrationContext) -> Result<u32> {
        ctx.sub_orchestration_with_id("Sum", "child", ()).await
    }
    let with = |sum: Registry| sum.orchestration("Parent", "parent.rs", parent);
    let mut stage = Stage::new(&["Add"], &["Sum", "Parent"]);
    let child = InstanceId::parse("child").unwrap();
    let host = stage.start(with(handlers().orchestration("Sum", "sum.rs", right))).await;
    let id = host.begin("Parent", "p").await;
    host.stop().await;

    let host = stage.start(with(handlers().orchestration("Sum", "sum.rs", wrong))).await;
    raise(&host, &child, 1).await;
    assert_eq!(host.status(&child).await.status, RuntimeStatus::Suspended);
    assert_eq!(host.status(&id).await.status, RuntimeStatus::Running);
    host.stop().await;

    let host = stage.start(with(handlers().orchestration("Sum", "sum.rs", right))).await;
    resume(&host, &child).await;
    raise(&host, &child, 2).await;
    raise(&host, &child, 3).await;
    assert_eq!(host.output::<u32>(&id).await, 9);
    host.stop().await;
}
