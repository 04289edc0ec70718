//! Retries from code and from function files, over restarts and deploys.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use fnhost_protocol::{history::EventKind, ids::InstanceId, status::RuntimeStatus};
use fnhost_sdk::{Error, InvocationInfo, OrchestrationContext, Registry, Result, RetryPolicy};

use crate::stage::Stage;

const DOUBLING: &str = "[retry]\nstrategy = \"exponentialBackoff\"\nmaxRetryCount = 4\nminimumInterval = \"00:00:10\"\n\
                        maximumInterval = \"00:01:00\"\n";

/// What the activity saw of each of its calls: attempt and delivery.
type Calls = Arc<Mutex<Vec<(u32, u32)>>>;

/// An activity that fails so often, and an orchestration that calls it.
fn functions(failures: u32) -> (Registry, Calls) {
    let calls = Calls::default();
    let (left, seen) = (Arc::new(AtomicU32::new(failures)), calls.clone());
    let flaky = move |info: InvocationInfo| {
        seen.lock().unwrap().push((info.attempt(), info.delivery()));
        let fails =
            left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok();
        async move { if fails { Err(Error::new("not yet")) } else { Ok(info.attempt()) } }
    };
    async fn plain(ctx: OrchestrationContext) -> Result<u32> {
        ctx.activity("Flaky", ()).await
    }
    let registry =
        Registry::new().activity("Flaky", "flaky.rs", flaky).orchestration("Plain", "plain.rs", plain);
    (registry, calls)
}

/// The same, with orchestrations that name policies.
fn registry(failures: u32) -> (Registry, Calls) {
    async fn patient(ctx: OrchestrationContext) -> Result<u32> {
        ctx.activity("Flaky", ()).retry(RetryPolicy::new(Duration::from_secs(5), 3)).await
    }
    async fn parent(ctx: OrchestrationContext) -> Result<u32> {
        ctx.sub_orchestration_with_id("Plain", "child", ())
            .retry(RetryPolicy::new(Duration::from_secs(60), 3))
            .await
    }
    let (registry, calls) = functions(failures);
    let registry = registry.orchestration("Patient", "patient.rs", patient);
    (registry.orchestration("Parent", "parent.rs", parent), calls)
}

fn stage() -> Stage {
    Stage::new(&["Flaky"], &["Plain", "Patient", "Parent"])
}

#[tokio::test]
async fn a_policy_in_code_is_followed_on_the_virtual_clock() {
    let mut stage = stage();
    let (handlers, calls) = registry(2);
    let host = stage.start(handlers).await;
    let id = host.begin("Patient", "p").await;
    assert_eq!(calls.lock().unwrap().len(), 1);
    host.advance(4).await;
    assert_eq!(calls.lock().unwrap().len(), 1, "not before its time");
    host.advance(1).await;
    assert_eq!(calls.lock().unwrap().len(), 2);
    host.advance(5).await;
    assert_eq!(host.output::<u32>(&id).await, 3);
    assert_eq!(*calls.lock().unwrap(), [(1, 1), (2, 1), (3, 1)]);
    host.stop().await;
}

#[tokio::test]
async fn the_last_failure_surfaces_with_the_number_of_attempts() {
    let mut stage = stage();
    let (handlers, calls) = registry(99);
    let host = stage.start(handlers).await;
    let id = host.begin("Patient", "p").await;
    host.advance(60).await;
    assert_eq!(calls.lock().unwrap().len(), 3);
    let document = host.document(&id).await;
    assert_eq!(document["runtimeStatus"], "Failed");
    assert_eq!(
        document["output"],
        "Orchestrator function 'Patient' failed: activity `Flaky` failed after 3 attempts: The activity function \
         'Flaky' failed: not yet"
    );
    host.stop().await;
}

#[tokio::test]
async fn a_function_file_has_a_policy_for_calls_whose_code_names_none() {
    let mut stage = stage();
    stage.function("Flaky", "activityTrigger", DOUBLING);
    let (handlers, calls) = registry(3);
    let host = stage.start(handlers).await;
    let id = host.begin("Plain", "p").await;
    for (seconds, ran) in [(9, 1), (1, 2), (19, 2), (1, 3), (39, 3), (1, 4)] {
        host.advance(seconds).await;
        assert_eq!(calls.lock().unwrap().len(), ran);
    }
    assert_eq!(host.output::<u32>(&id).await, 4);
    host.stop().await;
}

/// The pause is in the store: the host dies in it, and the function file changes meanwhile.
#[tokio::test]
async fn a_pause_outlives_the_host_and_the_policy_its_file() {
    let mut stage = stage();
    stage.function("Flaky", "activityTrigger", DOUBLING);
    let (handlers, _) = registry(1);
    let host = stage.start(handlers).await;
    let id = host.begin("Plain", "p").await;
    host.advance(6).await;
    host.stop().await;

    stage.function("Flaky", "activityTrigger", "");
    let (handlers, calls) = registry(1);
    let host = stage.start(handlers).await;
    host.advance(3).await;
    assert_eq!(*calls.lock().unwrap(), []);
    host.advance(1).await;
    assert_eq!(*calls.lock().unwrap(), [(2, 1)]);
    host.advance(19).await;
    assert_eq!(calls.lock().unwrap().len(), 1);
    host.advance(1).await;
    assert_eq!(host.output::<u32>(&id).await, 3);
    let recorded: Vec<_> =
        host.history(&id).await.into_iter().filter_map(|event| attempt(&event.kind)).collect();
    assert_eq!(recorded, [1, 2, 3]);
    // What is called from now on has no policy.
    let other = host.begin("Plain", "q").await;
    assert!(host.history(&other).await.iter().all(|event| attempt(&event.kind).is_none()));
    host.stop().await;
}

fn attempt(event: &EventKind) -> Option<u32> {
    match event {
        EventKind::TaskScheduled { retry, .. } | EventKind::SubOrchestrationCreated { retry, .. } => {
            retry.as_ref().map(|retry| retry.attempt)
        }
        _ => None,
    }
}

#[tokio::test]
async fn a_child_is_tried_again_under_its_id() {
    let mut stage = stage();
    let (handlers, _) = registry(2);
    let host = stage.start(handlers).await;
    let id = host.begin("Parent", "p").await;
    let child = InstanceId::parse("child").unwrap();
    assert_eq!(host.status(&child).await.status, RuntimeStatus::Failed);
    host.advance(60).await;
    assert_eq!(host.status(&child).await.status, RuntimeStatus::Failed);
    host.advance(60).await;
    assert_eq!(host.status(&child).await.status, RuntimeStatus::Completed);
    assert_eq!(host.output::<u32>(&id).await, 1);
    host.stop().await;
}

#[tokio::test]
async fn an_orchestration_has_a_policy_as_a_child_and_none_by_itself() {
    async fn parent(ctx: OrchestrationContext) -> Result<u32> {
        ctx.sub_orchestration("Plain", ()).await
    }
    let mut stage = Stage::new(&["Flaky"], &["Parent"]);
    stage.function("Plain", "orchestrationTrigger", DOUBLING);
    let (handlers, calls) = functions(99);
    let host = stage.start(handlers.orchestration("Parent", "parent.rs", parent)).await;
    let id = host.begin("Plain", "alone").await;
    assert_eq!(host.status(&id).await.status, RuntimeStatus::Failed);
    host.advance(600).await;
    assert_eq!(calls.lock().unwrap().len(), 1);
    let id = host.begin("Parent", "p").await;
    host.advance(600).await;
    assert_eq!(calls.lock().unwrap().len(), 1 + 5);
    let failure = host.status(&id).await.failure.unwrap();
    assert!(failure.message.starts_with("sub-orchestration `Plain` failed after 5 attempts: "), "{failure}");
    host.stop().await;
}
