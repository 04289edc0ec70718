//! What fits, what does not for other reasons than a change, and what happens afterwards.

use std::sync::atomic::{AtomicU32, Ordering};

use fnhost_protocol::{
    action::Action,
    failure::{Failure, kind},
    history::EventKind,
};

use super::{
    super::kit::{Desk, completed, execution, failed, fired, json, raised, replayed, started, turn},
    case::{called, child, code, doing, over, scheduled, signaled, timer, tried},
};
use crate::{OrchestrationContext, Result, Settings};

#[test]
fn a_new_failure_where_history_goes_on_is_the_cause() {
    for (what, but, kind) in [
        ("panic", "the code panicked at ", kind::PANIC),
        ("error", "no ink)", "Error"),
        (
            "await nothing",
            "orchestration `Test` awaits something that its context did not make",
            kind::FOREIGN_AWAIT,
        ),
    ] {
        let actions = replayed(code, &[doing(what, [scheduled(0, "A")])], vec![]);
        let [Action::Fail { failure }] = &actions[..] else { panic!("no divergence: {actions:?}") };
        let begin = format!(
            "orchestration `Test` does not follow its history in turn 1, at event 3 (TaskScheduled): history says that the code \
             asked for activity `A` (task 0), but the code \
             asks for its end with a failure ({but}"
        );
        assert!(failure.message.starts_with(&begin), "{failure}\n{begin}");
        assert_eq!(failure.cause.as_ref().unwrap().kind, kind);
    }
}

/// What code takes from elsewhere than its context differs from run to run.
#[test]
fn code_that_counts_its_runs() {
    static RUNS: AtomicU32 = AtomicU32::new(0);
    async fn counting(ctx: OrchestrationContext) -> Result<()> {
        ctx.activity(&format!("Run{}", RUNS.fetch_add(1, Ordering::Relaxed)), ()).await
    }
    let history = [vec![started(()), scheduled(0, "Run0")]];
    assert!(replayed(counting, &history, vec![]).is_empty());
    let [Action::Fail { failure }] = &replayed(counting, &history, vec![])[..] else {
        panic!("no divergence")
    };
    assert!(
        failure.message.contains("`Run0` (task 0), but the code asks for activity `Run1` (task 0)"),
        "{failure}"
    );
}

#[test]
fn the_place_is_the_same_for_code_that_was_kept() {
    let desk = Desk::new(code);
    let mut kept = execution(&desk.orchestrator, &Settings::default(), 0);
    kept.advance(&turn(1, doing("activities A, B", [])));
    kept.advance(&turn(2, [completed(0, ())]));
    let actions = kept.advance(&turn(3, [fired(1)]));
    let history = [doing("activities A, B", [scheduled(0, "A")]), vec![completed(0, ()), scheduled(1, "B")]];
    assert_eq!(actions, replayed(code, &history, vec![fired(1)]));
    let [Action::Fail { failure }] = &actions[..] else { panic!("{actions:?}") };
    assert!(failure.message.contains("in turn 3, at event 8 (TimerFired): "), "{failure}");
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
    fits(&[doing("A, tried again", [tried(0, 1)]), vec![failed(0, "no"), timer(1)]], vec![fired(1)]);
    fits(&[doing("A, tried again if busy", [tried(0, 1)]), vec![failed(0, "busy"), timer(1)]], vec![]);
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
fn a_history_that_is_none() {
    let actions = replayed(code, &[], vec![raised("E", ())]);
    assert!(actions.is_empty(), "without its start, nothing runs: {actions:?}");
    let actions = replayed(code, &[], vec![completed(0, ())]);
    let [Action::Fail { failure }] = &actions[..] else { panic!("{actions:?}") };
    assert!(failure.message.contains("in turn 1, at event 2 (TaskCompleted): "), "{failure}");
    let mut execution = execution(&Desk::new(code).orchestrator, &Settings::default(), 0);
    let events = turn(1, [started("event")]);
    let actions = execution.advance(&events[1..]);
    let [Action::Fail { failure }] = &actions[..] else { panic!("{actions:?}") };
    let expected = "in turn 1, at event 1 (ExecutionStarted): history says that this turn begins with ExecutionStarted, \
                    but every turn begins with TurnStarted. ";
    assert!(failure.message.contains(expected), "{failure}");
}

#[test]
fn a_divergence_stays_and_asks_for_nothing_else() {
    let desk = Desk::new(code);
    let mut execution = execution(&desk.orchestrator, &Settings::default(), 0);
    execution.replay(&turn(1, doing("activity A", [])));
    assert!(execution.is_over());
    for seconds in [2, 3] {
        let actions = execution.advance(&turn(seconds, [raised("E", ())]));
        assert!(matches!(&actions[..], [Action::Fail { .. }]), "{actions:?}");
    }
    assert_eq!(execution.turns(), 3);
}
