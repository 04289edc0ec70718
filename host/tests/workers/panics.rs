//! Panics of user code fail what they belong to and nothing else.

use fnhost_protocol::{
    action::Action,
    entity::{EntityBatch, EntityOperation},
    failure::kind,
    ids::EntityId,
    json::JsonText,
    time::Timestamp,
    turn::TurnOutcome,
    worker::Worker,
};
use fnhost_sdk::{EntityContext, OrchestrationContext, Registry};

use crate::{
    play::Play,
    support::{call, done, soon, value, worker},
};

struct PanicsWhenDropped;

impl Drop for PanicsWhenDropped {
    fn drop(&mut self) {
        panic!("even now");
    }
}

fn registry() -> Registry {
    Registry::new()
        .activity("Fine", "Fine/mod.rs", || async { done("fine") })
        .activity("Panics", "Panics/mod.rs", || async {
            tokio::task::yield_now().await;
            if true {
                panic!("no paper");
            }
            done(())
        })
        .activity("PanicsWhenDropped", "PanicsWhenDropped/mod.rs", || async {
            let _held = PanicsWhenDropped;
            std::future::pending::<()>().await;
            done(())
        })
        .orchestration("PanickyTurn", "PanickyTurn/mod.rs", |ctx: OrchestrationContext| async move {
            ctx.activity::<String>("Fine", ()).await?;
            if true {
                panic!("no ink");
            }
            done(())
        })
        .orchestration("HoldsTrouble", "HoldsTrouble/mod.rs", |ctx: OrchestrationContext| async move {
            let _held = PanicsWhenDropped;
            ctx.activity::<String>("Fine", ()).await
        })
        .entity("Counter", "Counter/mod.rs", |ctx: EntityContext| async move {
            if ctx.operation() == "break" {
                panic!("no power");
            }
            let count = ctx.state::<i64>()?.unwrap_or(0) + 1;
            ctx.set_state(count)?;
            done(count)
        })
}

#[tokio::test]
async fn a_handler_that_panics_fails_its_call() {
    let worker = worker(1, registry());
    let failure = soon(worker.invoke(call("Panics"))).await.unwrap_err();
    assert_eq!(failure.kind, kind::PANIC);
    assert!(failure.message.contains("no paper"), "{failure}");
    assert_eq!(value(soon(worker.invoke(call("Fine"))).await.unwrap()), r#""fine""#);
}

#[tokio::test]
async fn a_turn_that_panics_fails_its_instance() {
    let worker = worker(1, registry());
    let mut play = Play::new("PanickyTurn", 1);
    let first = play.begin(&worker).await;
    assert!(matches!(first[..], [Action::ScheduleTask { .. }]), "{first:?}");
    let second = play.complete(&worker, 0).await;
    let [Action::Fail { failure }] = &second[..] else { panic!("{second:?}") };
    assert_eq!(failure.kind, kind::PANIC);
    assert!(failure.message.contains("no ink"), "{failure}");
    assert_eq!(worker.session_stats().kept, 0);
}

#[tokio::test]
async fn an_operation_that_panics_fails_alone() {
    let worker = worker(1, registry());
    let operation =
        |name: &str| EntityOperation { name: name.to_owned(), input: JsonText::null(), is_signal: true };
    let batch = EntityBatch {
        entity: EntityId::new("Counter", "visits").unwrap(),
        function: "Counter".to_owned(),
        now: Timestamp::EPOCH,
        state: None,
        operations: vec![operation("add"), operation("break"), operation("add")],
    };
    let outcome = soon(worker.entity(batch)).await.unwrap();
    assert_eq!(outcome.state.unwrap().as_str(), "2");
    let failure = outcome.results[1].as_ref().unwrap_err();
    assert_eq!(failure.kind, kind::PANIC);
    assert!(failure.message.contains("no power"), "{failure}");
}

#[tokio::test]
async fn a_destructor_that_panics_harms_nobody() {
    let worker = worker(1, registry());
    let inner = worker.clone();
    // In the task that made the call, the destructor runs inside of that task.
    let made = worker.runtime().handle().spawn(async move {
        let mut call = inner.invoke(call("PanicsWhenDropped"));
        assert!(futures_util::poll!(&mut call).is_pending());
        drop(call);
        "unharmed"
    });
    assert_eq!(soon(made).await.unwrap(), "unharmed");

    // What is kept of an instance is dropped when the instance has moved on elsewhere.
    let mut play = Play::new("HoldsTrouble", 1);
    play.begin(&worker).await;
    assert_eq!(worker.session_stats().kept, 1);
    let mut turn = play.turn(Vec::new());
    turn.session += 1;
    assert_eq!(soon(worker.turn(turn)).await.unwrap(), TurnOutcome::NeedHistory);
    assert_eq!(worker.session_stats().kept, 0);
    assert_eq!(value(soon(worker.invoke(call("Fine"))).await.unwrap()), r#""fine""#);
}

#[tokio::test]
async fn unknown_handlers_are_failures_of_the_call() {
    let worker = worker(1, registry());
    let failure = soon(worker.invoke(call("Missing"))).await.unwrap_err();
    assert_eq!(failure.kind, kind::UNKNOWN_FUNCTION);
    let turn = Play::new("Fine", 1).turn(Vec::new());
    assert_eq!(soon(worker.turn(turn)).await.unwrap_err().kind, kind::UNKNOWN_FUNCTION);
}
