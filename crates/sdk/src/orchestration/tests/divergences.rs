//! Code that does not do what its history says: each way is found, and both sides are named.

use std::time::Duration;

use fnhost_protocol::{
    action::Action,
    failure::{Failure, kind},
    history::EventKind,
    ids::{EntityId, InstanceId},
};

use super::kit::{completed, failed, fired, json, raised, replayed, started};
use crate::{Error, OrchestrationContext, Result};

/// What the code does, by its name.
async fn code(ctx: OrchestrationContext, what: String) -> Result<()> {
    let counter = EntityId::new("Counter", "K")?;
    match what.as_str() {
        "nothing" => {}
        "activity A" => ctx.activity::<()>("A", ()).await?,
        "activity B" => ctx.activity::<()>("B", ()).await?,
        "activities A, B" => {
            ctx.activity::<()>("A", ()).await?;
            ctx.activity::<()>("B", ()).await?;
        }
        "activities A and B" => {
            ctx.try_join_all(["A", "B"].map(|name| ctx.activity::<()>(name, ()))).await?;
        }
        "number 1 for A" => {
            ctx.timer(Duration::ZERO).cancel();
            ctx.activity::<()>("A", ()).await?;
        }
        "child C" => ctx.sub_orchestration::<()>("C", ()).await?,
        "child C as c" => ctx.sub_orchestration_with_id::<()>("C", "c", ()).await?,
        "timer" => ctx.timer(Duration::from_secs(1)).await?,
        "timer, cancelled" => {
            let timer = ctx.timer(Duration::from_secs(1));
            ctx.wait_for_event::<()>("E").await?;
            drop(timer);
            ctx.wait_for_event::<()>("Never").await?;
        }
        "event" => ctx.wait_for_event::<()>("E").await?,
        "call Get" => ctx.call_entity::<()>(&counter, "Get", ()).await?,
        "call Set" => ctx.call_entity::<()>(&counter, "Set", ()).await?,
        "signal Get" => ctx.signal_entity(&counter, "Get", ())?,
        "call Get of another" => ctx.call_entity::<()>(&EntityId::new("Counter", "k")?, "Get", ()).await?,
        "again" => return ctx.continue_as_new(()),
        "panic" => panic!("no paper"),
        "error" => return Err(Error::new("no ink")),
        "await nothing" => std::future::pending().await,
        other => panic!("there is no {other}"),
    }
    Ok(())
}

fn scheduled(id: u32, name: &str) -> EventKind {
    EventKind::TaskScheduled { id, name: name.to_owned(), input: json("whatever"), retry: None }
}

fn child(instance: &str) -> EventKind {
    let instance = InstanceId::from_stored(instance);
    EventKind::SubOrchestrationCreated { id: 0, name: "c".to_owned(), instance, input: json(()), retry: None }
}

fn timer(id: u32) -> EventKind {
    EventKind::TimerCreated { id, fire_at: super::kit::at(77) }
}

fn called(operation: &str) -> EventKind {
    let entity = EntityId::new("Counter", "K").unwrap();
    EventKind::EntityOperationCalled { id: 0, entity, operation: operation.to_owned(), input: json(()) }
}

fn signaled(operation: &str) -> EventKind {
    let entity = EntityId::new("Counter", "K").unwrap();
    EventKind::EntityOperationSignaled { id: 0, entity, operation: operation.to_owned(), input: json(()) }
}

fn over() -> EventKind {
    EventKind::ExecutionCompleted { result: json(()) }
}

/// First turn of code that does this.
fn doing(what: &str, recorded: impl IntoIterator<Item = EventKind>) -> Vec<EventKind> {
    std::iter::once(started(what)).chain(recorded).collect()
}

#[track_caller]
fn diverges(history: &[Vec<EventKind>], new: Vec<EventKind>, turn: u64, says: &str, but: &str) -> Failure {
    let actions = replayed(code, history, new);
    let [Action::Fail { failure }] = &actions[..] else { panic!("no divergence: {actions:?}") };
    assert_eq!(failure.kind, kind::NON_DETERMINISTIC);
    let expected = format!(
        "orchestration `Test` does not follow its history in turn {turn}: history says that {says}, but {but}. "
    );
    assert!(failure.message.starts_with(&expected), "\n{}\n{expected}", failure.message);
    assert!(failure.message.contains("Orchestrator code must do the same in each run"), "{failure}");
    failure.clone()
}

#[track_caller]
fn fits(history: &[Vec<EventKind>], new: Vec<EventKind>) -> Vec<Action> {
    let actions = replayed(code, history, new);
    for action in &actions {
        assert!(!matches!(action, Action::Fail { .. }), "{actions:?}");
    }
    actions
}

#[test]
fn what_fits_is_no_divergence() {
    fits(&[doing("activity A", [scheduled(0, "a")])], vec![completed(0, ())]);
    fits(&[doing("child C", [child("any")])], vec![]);
    fits(&[doing("child C as c", [child("c")])], vec![]);
    fits(&[doing("timer", [timer(0)])], vec![fired(0)]);
    let cancelled = EventKind::TimerCancelled { id: 0 };
    fits(&[doing("timer, cancelled", [timer(0)]), vec![raised("e", ()), cancelled]], vec![]);
    fits(&[doing("call Get", [called("GET")])], vec![]);
    fits(&[doing("signal Get", [signaled("get"), over()])], vec![]);
    fits(
        &[doing("error", [EventKind::ExecutionFailed { failure: Failure::new("Any", "other text") }])],
        vec![],
    );
    fits(&[doing("again", [EventKind::ContinuedAsNew { input: json(5) }])], vec![]);
    assert_eq!(fits(&[doing("nothing", [over()])], vec![raised("Late", ())]), [], "what is over stays over");
}

#[test]
fn another_name_kind_or_number() {
    let asked = "the code asked for activity `A` (task 0)";
    let history = |what| [doing(what, [scheduled(0, "A")])];
    diverges(&history("activity B"), vec![], 1, asked, "the code asks for activity `B` (task 0)");
    diverges(&history("child C"), vec![], 1, asked, "the code asks for sub-orchestration `C` (task 0)");
    diverges(&history("timer"), vec![], 1, asked, "the code asks for a timer (task 0)");
    diverges(
        &history("call Get"),
        vec![],
        1,
        asked,
        "the code asks for a call of `Get` of entity @counter@K (task 0)",
    );
    diverges(&history("number 1 for A"), vec![], 1, asked, "the code asks for activity `A` (task 1)");
}

#[test]
fn children_of_another_name_or_id() {
    let asked = "the code asked for sub-orchestration `c` (task 0, instance `d`)";
    let asks = "the code asks for sub-orchestration `C` (task 0, instance `c`)";
    diverges(&[doing("child C as c", [child("d")])], vec![], 1, asked, asks);
    diverges(
        &[doing("activity A", [child("d")])],
        vec![],
        1,
        asked,
        "the code asks for activity `A` (task 0)",
    );
}

#[test]
fn entities_of_another_key_operation_or_manner() {
    let asked = "the code asked for a call of `Get` of entity @counter@K (task 0)";
    let history = |what| [doing(what, [called("Get")])];
    diverges(
        &history("call Set"),
        vec![],
        1,
        asked,
        "the code asks for a call of `Set` of entity @counter@K (task 0)",
    );
    diverges(
        &history("call Get of another"),
        vec![],
        1,
        asked,
        "the code asks for a call of `Get` of entity @counter@k (task 0)",
    );
    diverges(
        &history("signal Get"),
        vec![],
        1,
        asked,
        "the code asks for a signal `Get` to entity @counter@K (task 0)",
    );
    diverges(
        &[doing("call Get", [signaled("Get")])],
        vec![],
        1,
        "the code asked for a signal `Get` to entity @counter@K (task 0)",
        "the code asks for a call of `Get` of entity @counter@K (task 0)",
    );
}

#[test]
fn missing_and_extra_actions() {
    let nothing = "the code asks for nothing (more) at this point";
    let asked = "the code asked for activity `A` (task 0)";
    diverges(&[doing("event", [scheduled(0, "A")])], vec![], 1, asked, nothing);
    diverges(
        &[doing("activity A", [])],
        vec![],
        1,
        "the code asked for nothing (more) at this point",
        "the code asks for activity `A` (task 0)",
    );
    diverges(
        &[doing("activities A and B", [scheduled(0, "A")])],
        vec![],
        1,
        "the code asked for nothing (more) at this point",
        "the code asks for activity `B` (task 1)",
    );
    diverges(
        &[doing("activity A", [scheduled(0, "A"), scheduled(1, "B")])],
        vec![],
        1,
        "the code asked for activity `B` (task 1)",
        nothing,
    );
}

#[test]
fn the_turn_is_named_in_which_they_part() {
    diverges(
        &[doing("activities A, B", [scheduled(0, "A")]), vec![completed(0, ()), scheduled(1, "X")]],
        vec![],
        2,
        "the code asked for activity `X` (task 1)",
        "the code asks for activity `B` (task 1)",
    );
}

#[test]
fn cancellations_are_compared() {
    diverges(
        &[doing("timer", [timer(0)]), vec![EventKind::TimerCancelled { id: 0 }]],
        vec![],
        2,
        "the code asked for the end of its timer (task 0)",
        "the code asks for nothing (more) at this point",
    );
    diverges(
        &[doing("timer, cancelled", [timer(0)]), vec![raised("E", ())]],
        vec![],
        2,
        "the code asked for nothing (more) at this point",
        "the code asks for the end of its timer (task 0)",
    );
}

#[test]
fn completions_of_tasks_that_were_never_asked_for() {
    let says = "activity task 5 is over";
    diverges(&[doing("event", []), vec![completed(5, ())]], vec![], 2, says, "the code asked for no task 5");
    diverges(&[doing("event", [])], vec![failed(5, "no")], 2, says, "the code asked for no task 5");
    diverges(
        &[doing("event", [])],
        vec![fired(0)],
        2,
        "timer task 0 is over",
        "the code asked for no task 0",
    );
}

#[test]
fn completions_of_another_kind() {
    let history = [doing("timer", [timer(0)])];
    let timer = "the code asked for timer (task 0)";
    diverges(&history, vec![completed(0, ())], 2, "activity task 0 is over", timer);
    let result = json(());
    let child = EventKind::SubOrchestrationCompleted { id: 0, result: result.clone() };
    diverges(&history, vec![child], 2, "sub-orchestration task 0 is over", timer);
    let entity = EventKind::EntityOperationCompleted { id: 0, result };
    diverges(&history, vec![entity], 2, "call of entity task 0 is over", timer);
    let history = [doing("activity A", [scheduled(0, "A")])];
    diverges(&history, vec![fired(0)], 2, "timer task 0 is over", "the code asked for activity `A` (task 0)");
}

#[test]
fn an_end_where_history_goes_on() {
    let result = "the code asks for its end with a result";
    diverges(
        &[doing("nothing", [scheduled(0, "A")])],
        vec![],
        1,
        "the code asked for activity `A` (task 0)",
        result,
    );
    diverges(&[doing("nothing", [])], vec![], 1, "the code asked for nothing (more) at this point", result);
    diverges(
        &[doing("again", [scheduled(0, "A")])],
        vec![],
        1,
        "the code asked for activity `A` (task 0)",
        "the code asks for a new beginning (continue_as_new)",
    );
}

#[test]
fn an_end_of_another_kind() {
    let failure = Failure::new("Any", "no paper");
    let nothing = "the code asks for nothing (more) at this point";
    diverges(&[doing("event", [over()])], vec![], 1, "the code asked for its end with a result", nothing);
    diverges(
        &[doing("nothing", [EventKind::ExecutionFailed { failure }])],
        vec![],
        1,
        "the code asked for its end with a failure (no paper)",
        "the code asks for its end with a result",
    );
    diverges(
        &[doing("nothing", [EventKind::ContinuedAsNew { input: json(()) }])],
        vec![],
        1,
        "the code asked for a new beginning (continue_as_new)",
        "the code asks for its end with a result",
    );
}

#[test]
fn a_new_failure_where_history_goes_on_is_the_cause() {
    let asked = "the code asked for activity `A` (task 0)";
    for (what, kind) in [("panic", kind::PANIC), ("error", "Error"), ("await nothing", kind::FOREIGN_AWAIT)] {
        let actions = replayed(code, &[doing(what, [scheduled(0, "A")])], vec![]);
        let [Action::Fail { failure }] = &actions[..] else { panic!("no divergence: {actions:?}") };
        let begin = format!("history says that {asked}, but the code asks for its end with a failure (");
        assert!(failure.message.contains(&begin), "{failure}");
        assert_eq!(failure.cause.as_ref().unwrap().kind, kind);
    }
}

#[test]
fn a_history_that_is_none() {
    let actions = replayed(code, &[], vec![raised("E", ())]);
    assert!(actions.is_empty(), "without its start, nothing runs: {actions:?}");
    diverges(&[], vec![completed(0, ())], 1, "activity task 0 is over", "the code asked for no task 0");
    let mut execution =
        super::kit::execution(&super::kit::Desk::new(code).orchestrator, &crate::Settings::default(), 0);
    let events = super::kit::turn(1, [started("event")]);
    let actions = execution.advance(&events[1..]);
    let [Action::Fail { failure }] = &actions[..] else { panic!("{actions:?}") };
    assert!(failure.message.contains("but every turn begins with TurnStarted"), "{failure}");
}

#[test]
fn a_divergence_stays_and_asks_for_nothing_else() {
    let desk = super::kit::Desk::new(code);
    let mut execution = super::kit::execution(&desk.orchestrator, &crate::Settings::default(), 0);
    execution.replay(&super::kit::turn(1, doing("activity A", [])));
    assert!(execution.is_over());
    for seconds in [2, 3] {
        let actions = execution.advance(&super::kit::turn(seconds, [raised("E", ())]));
        assert!(matches!(&actions[..], [Action::Fail { .. }]), "{actions:?}");
    }
    assert_eq!(execution.turns(), 3);
}
