//! The tables: what changed, and what is said about it.

use fnhost_protocol::{failure::Failure, history::EventKind};

use super::{
    super::kit::{completed, failed, fired, json, raised, resumed, suspended},
    case::{called, case, child, over, scheduled, signaled, timer, tried},
};

const NOTHING: &str = "the code asks for nothing (more) at this point";
const ASKED_NOTHING: &str = "the code asked for nothing (more) at this point";
const ASKED_A: &str = "the code asked for activity `A` (task 0)";
const IN_FIRST: &str = "turn 1, at event 3 (TaskScheduled)";
const AFTER_START: &str = "turn 1, after event 2 (ExecutionStarted)";
const RESULT: &str = "the code asks for its end with a result";

/// What code and history ask for in turn 1.
#[test]
fn other_wishes() {
    let a = || [scheduled(0, "A")];
    let cases = [
        case("an activity has another name", "activity B", a()).parts(
            IN_FIRST,
            ASKED_A,
            "the code asks for activity `B` (task 0)",
        ),
        case("an activity became a child", "child C", a()).parts(
            IN_FIRST,
            ASKED_A,
            "the code asks for sub-orchestration `C` (task 0)",
        ),
        case("an activity became a timer", "timer", a()).parts(
            IN_FIRST,
            ASKED_A,
            "the code asks for a timer (task 0)",
        ),
        case("an activity became a call", "call Get", a()).parts(
            IN_FIRST,
            ASKED_A,
            "the code asks for a call of `Get` of entity @counter@K (task 0)",
        ),
        case("something stands before an activity", "number 1 for A", a()).parts(
            IN_FIRST,
            ASKED_A,
            "the code asks for activity `A` (task 1)",
        ),
        case("a child became an activity", "activity A", [child("d")]).parts(
            "turn 1, at event 3 (SubOrchestrationInstanceCreated)",
            "the code asked for sub-orchestration `c` (task 0, instance `d`)",
            "the code asks for activity `A` (task 0)",
        ),
        case("a child has another id", "child C as c", [child("d")]).parts(
            "turn 1, at event 3 (SubOrchestrationInstanceCreated)",
            "the code asked for sub-orchestration `c` (task 0, instance `d`)",
            "the code asks for sub-orchestration `C` (task 0, instance `c`)",
        ),
        case("a call has another operation", "call Set", [called("Get")]).parts(
            "turn 1, at event 3 (EntityOperationCalled)",
            "the code asked for a call of `Get` of entity @counter@K (task 0)",
            "the code asks for a call of `Set` of entity @counter@K (task 0)",
        ),
        case("a call is of another entity", "call Get of another", [called("Get")]).parts(
            "turn 1, at event 3 (EntityOperationCalled)",
            "the code asked for a call of `Get` of entity @counter@K (task 0)",
            "the code asks for a call of `Get` of entity @counter@k (task 0)",
        ),
        case("a call became a signal", "signal Get", [called("Get")]).parts(
            "turn 1, at event 3 (EntityOperationCalled)",
            "the code asked for a call of `Get` of entity @counter@K (task 0)",
            "the code asks for a signal `Get` to entity @counter@K (task 0)",
        ),
        case("a signal became a call", "call Get", [signaled("Get")]).parts(
            "turn 1, at event 3 (EntityOperationSignaled)",
            "the code asked for a signal `Get` to entity @counter@K (task 0)",
            "the code asks for a call of `Get` of entity @counter@K (task 0)",
        ),
        case("an activity was taken out", "event", a()).parts(IN_FIRST, ASKED_A, NOTHING),
        case("an activity was put in", "activity A", []).parts(
            AFTER_START,
            ASKED_NOTHING,
            "the code asks for activity `A` (task 0)",
        ),
        case("one of several was taken out", "activity A", [scheduled(0, "A"), scheduled(1, "B")]).parts(
            "turn 1, at event 4 (TaskScheduled)",
            "the code asked for activity `B` (task 1)",
            NOTHING,
        ),
        case("another of several was put in", "activities A and B", a()).parts(
            "turn 1, after event 3 (TaskScheduled)",
            ASKED_NOTHING,
            "the code asks for activity `B` (task 1)",
        ),
        case("two activities changed places", "activities B, A", a())
            .later([completed(0, ()), scheduled(1, "B")])
            .parts(IN_FIRST, ASKED_A, "the code asks for activity `B` (task 0)"),
        case("a later activity has another name", "activities A, B", a())
            .later([completed(0, ()), scheduled(1, "X")])
            .parts(
                "turn 2, at event 6 (TaskScheduled)",
                "the code asked for activity `X` (task 1)",
                "the code asks for activity `B` (task 1)",
            ),
        case("a timer is not cancelled any more", "timer", [timer(0)])
            .later([EventKind::TimerCancelled { id: 0 }])
            .parts(
                "turn 2, at event 5 (TimerCanceled)",
                "the code asked for the end of its timer (task 0)",
                NOTHING,
            ),
        case("a timer is cancelled now", "timer, cancelled", [timer(0)]).later([raised("E", ())]).parts(
            "turn 2, after event 5 (EventRaised)",
            ASKED_NOTHING,
            "the code asks for the end of its timer (task 0)",
        ),
        case("a failure is tried again that was not", "A, tried again", [tried(0, 1)])
            .later([failed(0, "no"), EventKind::ExecutionFailed { failure: Failure::new("Broken", "no") }])
            .parts(
                "turn 2, at event 6 (ExecutionCompleted)",
                "the code asked for its end with a failure (no)",
                "the code asks for a timer (task 1)",
            ),
    ];
    for case in cases {
        case.check();
    }
}

/// How code and history end.
#[test]
fn other_ends() {
    let failure = || Failure::new("Any", "no paper");
    let cases = [
        case("it ends too early", "nothing", [scheduled(0, "A")]).parts(IN_FIRST, ASKED_A, RESULT),
        case("it ends where it waited", "nothing", []).parts(AFTER_START, ASKED_NOTHING, RESULT),
        case("it begins anew instead", "again", [scheduled(0, "A")]).parts(
            IN_FIRST,
            ASKED_A,
            "the code asks for a new beginning (continue_as_new)",
        ),
        case("it goes on where it ended", "event", [over()]).parts(
            "turn 1, at event 3 (ExecutionCompleted)",
            "the code asked for its end with a result",
            NOTHING,
        ),
        case("it succeeds where it failed", "nothing", [EventKind::ExecutionFailed { failure: failure() }])
            .parts(
                "turn 1, at event 3 (ExecutionCompleted)",
                "the code asked for its end with a failure (no paper)",
                RESULT,
            ),
        case("it ends where it began anew", "nothing", [EventKind::ContinuedAsNew { input: json(()) }])
            .parts(
                "turn 1, at event 3 (ContinueAsNew)",
                "the code asked for a new beginning (continue_as_new)",
                RESULT,
            ),
        case("a failure is not tried again any more", "A, tried again if busy", [tried(0, 1)])
            .later([failed(0, "no"), timer(1)])
            .parts(
                "turn 2, at event 6 (TimerCreated)",
                "the code asked for a timer (task 1)",
                "the code asks for its end with a failure (activity `A` failed: no)",
            ),
    ];
    for case in cases {
        case.check();
    }
}

/// What is over, of which the code knows nothing.
#[test]
fn completions_without_a_task() {
    let none = "the code asked for no task 5";
    let timer_asked = "the code asked for timer (task 0)";
    let result = || json(());
    let child = EventKind::SubOrchestrationCompleted { id: 0, result: result() };
    let entity = EventKind::EntityOperationCompleted { id: 0, result: result() };
    let cases =
        [
            case("a result of history that nobody asked for", "event", []).later([completed(5, ())]).parts(
                "turn 2, at event 4 (TaskCompleted)",
                "activity task 5 is over",
                none,
            ),
            case("a failure that nobody asked for", "event", []).arriving([failed(5, "no")]).parts(
                "turn 2, at event 4 (TaskFailed)",
                "activity task 5 is over",
                none,
            ),
            case("a timer that nobody made", "event", []).arriving([raised("Other", ()), fired(5)]).parts(
                "turn 2, at event 5 (TimerFired)",
                "timer task 5 is over",
                none,
            ),
            case("a result of a timer", "timer", [timer(0)]).arriving([completed(0, ())]).parts(
                "turn 2, at event 5 (TaskCompleted)",
                "activity task 0 is over",
                timer_asked,
            ),
            case("a child that is a timer", "timer", [timer(0)]).arriving([child]).parts(
                "turn 2, at event 5 (SubOrchestrationInstanceCompleted)",
                "sub-orchestration task 0 is over",
                timer_asked,
            ),
            case("an entity that is a timer", "timer", [timer(0)]).arriving([entity]).parts(
                "turn 2, at event 5 (EntityOperationCompleted)",
                "call of entity task 0 is over",
                timer_asked,
            ),
            case("a timer that is an activity", "activity A", [scheduled(0, "A")])
                .arriving([fired(0)])
                .parts("turn 2, at event 5 (TimerFired)", "timer task 0 is over", ASKED_A),
            case("held back while suspended", "event", [])
                .later([suspended(), fired(5)])
                .arriving([resumed()])
                .parts("turn 3, at event 5 (TimerFired)", "timer task 5 is over", none),
        ];
    for case in cases {
        case.check();
    }
}
