//! What becomes of those that lose a race: the instance does not wait for them, and nothing of them is left.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use fnhost_protocol::{history::EventKind, ids::InstanceId, json::JsonText, status::RuntimeStatus};
use fnhost_sdk::{Error, First, OrchestrationContext, Registry, Result, RetryPolicy};
use tokio::sync::Semaphore;

use crate::stage::{Running, Stage};

const HOUR: Duration = Duration::from_secs(3600);

/// `Slow` waits for a permit, `Broken` fails; both count their calls.
fn activities(gate: &Arc<Semaphore>, calls: &Arc<AtomicU32>) -> Registry {
    let (gate, slow_calls, broken_calls) = (gate.clone(), calls.clone(), calls.clone());
    let slow = move || {
        slow_calls.fetch_add(1, Ordering::Relaxed);
        let gate = gate.clone();
        async move {
            gate.acquire().await?.forget();
            Ok::<_, Error>(1)
        }
    };
    let broken = move || {
        broken_calls.fetch_add(1, Ordering::Relaxed);
        async move { Err::<u32, _>(Error::new("as always")) }
    };
    Registry::new().activity("Slow", "slow.rs", slow).activity("Broken", "broken.rs", broken)
}

fn patient() -> RetryPolicy {
    RetryPolicy::new(Duration::from_secs(60), 10)
}

async fn raise(host: &Running<'_>, id: &InstanceId, name: &str) {
    host.app.durable().raise_event(id.clone(), name.to_owned(), JsonText::null()).await.unwrap();
}

fn count(history: &[fnhost_protocol::history::HistoryEvent], is_it: fn(&EventKind) -> bool) -> usize {
    history.iter().filter(|event| is_it(&event.kind)).count()
}

/// Timers, pauses and attempts in joins in races: the event wins, and the instance completes where it stands.
#[tokio::test]
async fn an_instance_completes_at_once_and_leaves_nothing_behind() {
    async fn code(ctx: OrchestrationContext) -> Result<String> {
        let inner = ctx.clone();
        let pair = async move {
            let both = [inner.activity::<u32>("Broken", ()).retry(patient()), inner.activity("Slow", ())];
            inner.first(inner.join_all(both), inner.timer(HOUR)).await
        };
        let never = ctx.sub_orchestration::<()>("Waiting", ()).retry(patient());
        let all = ctx.first_of([ctx.timer(HOUR), ctx.timer(2 * HOUR)]);
        match ctx.first(ctx.first(pair, never), ctx.first(all, ctx.wait_for_event::<()>("Stop"))).await? {
            First::Right(First::Right(())) => Ok("stopped".to_owned()),
            other => Ok(format!("{:?}", matches!(other, First::Left(_)))),
        }
    }
    async fn waiting(ctx: OrchestrationContext) -> Result<()> {
        ctx.wait_for_event("Never").await
    }
    let mut stage = Stage::new(&["Slow", "Broken"], &["Race", "Waiting"]);
    let (gate, calls) = (Arc::new(Semaphore::new(0)), Arc::<AtomicU32>::default());
    let handlers = activities(&gate, &calls).orchestration("Race", "race.rs", code);
    let host = stage.start(handlers.orchestration("Waiting", "waiting.rs", waiting)).await;
    let id = host.start("Race", "r").await;
    // The first failure of `Broken` is on record: it pauses.
    while count(&host.history(&id).await, |event| matches!(event, EventKind::TimerCreated { .. })) < 4 {
        tokio::task::yield_now().await;
    }
    raise(&host, &id, "Stop").await;
    let status = host.app.durable().wait(id.clone(), Duration::from_secs(20)).await.unwrap();
    assert_eq!((status.status, status.output.unwrap().as_str()), (RuntimeStatus::Completed, "\"stopped\""));
    let history = host.history(&id).await;
    assert_eq!(count(&history, |event| matches!(event, EventKind::TimerCancelled { .. })), 4);

    gate.add_permits(9);
    host.advance(24 * 3600).await;
    assert_eq!(host.history(&id).await, history, "nothing comes after the end");
    assert_eq!(calls.load(Ordering::Relaxed), 2, "no attempt followed");
    host.stop().await;
}

/// The instance goes on after the race: the loser's result is recorded when it comes, and nobody looks at it.
#[tokio::test]
async fn late_results_of_losers_are_nobodys() {
    async fn code(ctx: OrchestrationContext) -> Result<u32> {
        let slow = ctx.activity::<u32>("Slow", ());
        let won = match ctx.first(slow, ctx.wait_for_event::<()>("Go")).await? {
            First::Left(result) => result,
            First::Right(()) => 100,
        };
        ctx.wait_for_event::<()>("Go").await?;
        // A new call is no old one.
        Ok(won + ctx.activity::<u32>("Slow", ()).await?)
    }
    let mut stage = Stage::new(&["Slow", "Broken"], &["Race"]);
    let (gate, calls) = (Arc::new(Semaphore::new(0)), Arc::default());
    let host = stage.start(activities(&gate, &calls).orchestration("Race", "race.rs", code)).await;
    let id = host.start("Race", "r").await;
    raise(&host, &id, "Go").await;
    gate.add_permits(1);
    host.advance(0).await;
    assert_eq!(
        count(&host.history(&id).await, |event| matches!(event, EventKind::TaskCompleted { id: 0, .. })),
        1
    );
    gate.add_permits(1);
    raise(&host, &id, "Go").await;
    host.advance(0).await;
    assert_eq!(host.output::<u32>(&id).await, 101);
    host.stop().await;
}
