//! Tables for the two pure halves of a turn: what arrives and what is asked for in, one commit out.

#![expect(clippy::unwrap_used, reason = "what a test cannot go on without")]

use std::time::Duration;

use durable_core::{
    limits::Limits,
    message::Message,
    model::{InstanceKey, InstanceKind, MessageId, NewInstance, TaskRef},
    state::{Applied, Begun, Drive, Incoming, State, Supply, apply, begin},
    store::{Execution, OutMessage, Target},
};
use fnhost_protocol::{
    action::Action,
    failure::{Failure, kind},
    history::{EventKind, ExecutionRef, Parent},
    ids::{EntityId, InstanceId},
    json::JsonText,
    status::RuntimeStatus,
    time::Timestamp,
};

/// Keys from 100 on, ids `new-1`, …; takes `lease` activities directly.
struct Fixed {
    next: i64,
    lease: usize,
}

impl Supply for Fixed {
    fn key(&mut self) -> InstanceKey {
        self.next += 1;
        InstanceKey(self.next)
    }

    fn instance_id(&mut self) -> InstanceId {
        self.next += 1;
        InstanceId::parse(&format!("new-{}", self.next)).unwrap()
    }

    fn lease_task(&mut self) -> bool {
        let granted = self.lease > 0;
        self.lease = self.lease.saturating_sub(1);
        granted
    }
}

/// Whoever waits for an execution under test.
const ASKER: ExecutionRef = ExecutionRef { key: 3, generation: 4 };

fn at(seconds: u64) -> Timestamp {
    Timestamp::EPOCH.saturating_add(Duration::from_secs(seconds))
}

fn json(text: &str) -> JsonText {
    JsonText::parse(text).unwrap()
}

fn running(parent: Option<Parent>) -> State {
    let new = NewInstance {
        key: InstanceKey(7),
        id: InstanceId::parse("i").unwrap(),
        kind: InstanceKind::Orchestration,
        name: "F".to_owned(),
        input: Some(json("1")),
        parent,
    };
    let mut state = State::created(&new, at(10));
    state.stored = true;
    state.instance.status = RuntimeStatus::Running;
    state.instance.turn = 3;
    state.instance.generation = 2;
    state.instance.events = 12;
    state
}

fn event(id: i64, event: EventKind) -> Incoming {
    Incoming::Message(MessageId(id), Message::Event { execution: None, at: at(11), event })
}

fn raised(id: i64, name: &str) -> Incoming {
    event(id, EventKind::EventRaised { name: name.to_owned(), input: json("null") })
}

fn kinds(begun: &Begun) -> Vec<String> {
    begun
        .events
        .iter()
        .map(|event| format!("{:?}", event.kind).split([' ', '{']).next().unwrap_or_default().to_owned())
        .collect()
}

fn run(state: &State, incoming: Vec<Incoming>, actions: Vec<Action>) -> Applied {
    let begun = begin(state, incoming, at(20));
    apply(state, begun, actions, &Limits::default(), &mut Fixed { next: 100, lease: 1 })
}

#[test]
fn what_arrives_becomes_events_in_order() {
    let task = |generation, task| TaskRef { instance: InstanceKey(7), generation, task };
    let begun = begin(
        &running(None),
        vec![
            raised(1, "a"),
            Incoming::TaskResult {
                task: task(2, 4),
                at: at(12),
                event: EventKind::TaskCompleted { id: 4, result: json("0") },
            },
            Incoming::TimerFired { timer: task(2, 5), at: at(15) },
            raised(2, "b"),
        ],
        at(20),
    );
    assert_eq!(kinds(&begun), ["TurnStarted", "EventRaised", "TaskCompleted", "TimerFired", "EventRaised"]);
    assert_eq!(begun.consumed, [MessageId(1), MessageId(2)]);
    assert_eq!(begun.tasks_done, [task(2, 4)]);
    assert_eq!(begun.timers_done, [task(2, 5)]);
    assert_eq!((begun.drive, begun.now), (Drive::RunCode, at(20)));
}

#[test]
fn a_turn_is_never_earlier_than_the_one_before() {
    assert_eq!(begin(&running(None), vec![raised(1, "a")], at(3)).now, at(10));
}

#[test]
fn what_is_meant_for_an_earlier_execution_is_consumed_and_dropped() {
    let old = TaskRef { instance: InstanceKey(7), generation: 1, task: 0 };
    let late = Message::Event {
        execution: Some(ExecutionRef { key: 7, generation: 1 }),
        at: at(11),
        event: EventKind::SubOrchestrationCompleted { id: 0, result: json("0") },
    };
    let begun = begin(
        &running(None),
        vec![
            Incoming::Message(MessageId(5), late),
            Incoming::TaskResult {
                task: old,
                at: at(12),
                event: EventKind::TaskCompleted { id: 0, result: json("0") },
            },
            Incoming::TimerFired { timer: old, at: at(12) },
        ],
        at(20),
    );
    assert!(begun.events.is_empty());
    assert_eq!(begun.drive, Drive::Record);
    assert_eq!(begun.consumed, [MessageId(5)]);
    assert!(
        begun.tasks_done.is_empty(),
        "the row went with its execution; naming it would fence the whole turn"
    );
}

/// A finished instance's id was given to a new one, whose first execution has the number of the old one's: what the
/// old one had asked for reached the new one.
#[test]
fn what_is_meant_for_an_earlier_instance_of_the_same_id_is_dropped() {
    let asked = |key| Message::Event {
        execution: Some(ExecutionRef { key, generation: 2 }),
        at: at(11),
        event: EventKind::SubOrchestrationCompleted { id: 0, result: json("0") },
    };
    let begun = begin(
        &running(None),
        vec![Incoming::Message(MessageId(1), asked(6)), Incoming::Message(MessageId(2), asked(7))],
        at(20),
    );
    assert_eq!(kinds(&begun), ["TurnStarted", "SubOrchestrationCompleted"]);
    assert_eq!(begun.consumed, [MessageId(1), MessageId(2)]);
}

#[test]
fn the_message_that_begins_an_execution_comes_first() {
    let again = Message::ContinuedAsNew {
        generation: 2,
        input: json("5"),
        carryover: vec![("kept".to_owned(), json("1"))],
    };
    let begun =
        begin(&running(None), vec![raised(1, "late"), Incoming::Message(MessageId(2), again)], at(20));
    assert_eq!(kinds(&begun), ["TurnStarted", "ExecutionStarted", "EventRaised", "EventRaised"]);
    assert!(matches!(&begun.events[2].kind, EventKind::EventRaised { name, .. } if name == "kept"));
}

#[test]
fn suspension_records_without_running_until_it_is_lifted() {
    let suspend = |id| event(id, EventKind::ExecutionSuspended { reason: String::new(), failure: None });
    let resume = |id| event(id, EventKind::ExecutionResumed { reason: String::new() });
    let mut suspended = running(None);
    suspended.instance.status = RuntimeStatus::Suspended;
    for (state, incoming, drive, is_suspended) in [
        (running(None), vec![raised(1, "a"), suspend(2)], Drive::RunCode, true),
        (suspended.clone(), vec![raised(1, "a")], Drive::Record, true),
        (suspended.clone(), vec![raised(1, "a"), resume(2)], Drive::RunCode, false),
        (suspended.clone(), vec![resume(1), suspend(2)], Drive::RunCode, true),
        (running(None), vec![suspend(1), resume(2)], Drive::RunCode, false),
    ] {
        let begun = begin(&state, incoming.clone(), at(20));
        assert_eq!((begun.drive, begun.suspended), (drive, is_suspended), "{incoming:?}");
    }
    let recorded = run(&suspended, vec![raised(1, "a")], Vec::new());
    assert_eq!(recorded.commit.update.status, RuntimeStatus::Suspended);
    assert_eq!(recorded.commit.history.len(), 2);
}

#[test]
fn termination_ends_the_turn_and_tells_the_parent() {
    let parent = Parent { instance: InstanceId::parse("p").unwrap(), execution: ASKER, task: 9 };
    let terminate =
        event(1, EventKind::ExecutionTerminated { reason: "enough".to_owned(), recursive: false });
    let applied = run(&running(Some(parent)), vec![terminate, raised(2, "never seen")], Vec::new());
    assert_eq!(applied.next.instance.status, RuntimeStatus::Terminated);
    let Execution::Finished(completion) = &applied.commit.execution else { panic!("not finished") };
    assert_eq!(completion.output, Some(json("\"enough\"")));
    assert_eq!(applied.commit.consumed, [MessageId(1)]);
    let [OutMessage { target: Target::Existing(to), message: Message::Event { execution, event, .. } }] =
        applied.commit.messages.as_slice()
    else {
        panic!("{:?}", applied.commit.messages)
    };
    assert_eq!((to.as_str(), *execution), ("p", Some(ASKER)));
    assert!(
        matches!(event, EventKind::SubOrchestrationFailed { id: 9, failure } if failure.kind == kind::TERMINATED)
    );
}

#[test]
fn wishes_become_rows_and_scheduling_events() {
    let entity = EntityId::new("Counter", "k").unwrap();
    let applied = run(
        &running(None),
        vec![raised(1, "go")],
        vec![
            Action::ScheduleTask { id: 0, name: "A".to_owned(), input: json("1"), retry: None },
            Action::ScheduleTask { id: 1, name: "B".to_owned(), input: json("2"), retry: None },
            Action::CreateTimer { id: 2, fire_at: at(99) },
            Action::CreateSubOrchestration {
                id: 3,
                name: "C".to_owned(),
                instance: None,
                input: json("3"),
                retry: None,
            },
            Action::SignalEntity { id: 4, entity, operation: "add".to_owned(), input: json("4"), at: None },
            Action::SetCustomStatus { status: json("\"half\"") },
        ],
    );
    let commit = &applied.commit;
    let leased: Vec<bool> = commit.tasks.iter().map(|task| task.lease).collect();
    assert_eq!(leased, [true, false], "one slot was free");
    assert_eq!(commit.timers.len(), 1);
    assert_eq!(commit.messages.len(), 2);
    assert_eq!(commit.update.custom_status, Some(json("\"half\"")));
    assert_eq!(commit.history.len(), 2 + 5);
    assert_eq!((commit.update.turn, commit.update.events, commit.update.actions), (4, 12 + 7, 5));
    assert_eq!(commit.update.updated_at, at(20));
}

#[test]
fn a_timer_cancelled_where_it_was_created_leaves_no_row() {
    let cancel = Action::CancelTimer { id: 2 };
    let applied = run(
        &running(None),
        vec![raised(1, "go")],
        vec![Action::CreateTimer { id: 2, fire_at: at(99) }, cancel.clone()],
    );
    assert!(applied.commit.timers.is_empty() && applied.commit.timers_done.is_empty());
    let later = run(&running(None), vec![raised(1, "go")], vec![cancel]);
    assert_eq!(later.commit.timers_done, [TaskRef { instance: InstanceKey(7), generation: 2, task: 2 }]);
}

#[test]
fn what_a_finished_execution_asked_for_itself_is_not_done_and_what_concerns_others_is() {
    let entity = EntityId::new("Counter", "k").unwrap();
    let applied = run(
        &running(None),
        vec![raised(1, "go")],
        vec![
            Action::ScheduleTask { id: 0, name: "A".to_owned(), input: json("1"), retry: None },
            Action::CreateTimer { id: 1, fire_at: at(99) },
            Action::SignalEntity { id: 2, entity, operation: "add".to_owned(), input: json("4"), at: None },
            Action::Complete { result: json("true") },
        ],
    );
    assert!(applied.commit.tasks.is_empty() && applied.commit.timers.is_empty());
    assert_eq!(applied.commit.messages.len(), 1);
    assert_eq!(applied.next.instance.status, RuntimeStatus::Completed);
}

#[test]
fn continue_as_new_starts_counting_again() {
    let again = Action::ContinueAsNew { input: json("6"), carryover: Vec::new() };
    let applied = run(&running(None), vec![raised(1, "go")], vec![again]);
    let row = &applied.next.instance;
    assert_eq!((row.generation, row.turn, row.events, row.actions), (3, 4, 0, 0));
    assert!(applied.commit.history.is_empty());
    assert!(matches!(
        &applied.commit.execution,
        Execution::ContinuedAsNew { message: Message::ContinuedAsNew { generation: 3, .. }, .. }
    ));
}

#[test]
fn past_a_limit_the_execution_fails_and_nothing_of_the_turn_is_done() {
    let task =
        |id| Action::ScheduleTask { id, name: "A".to_owned(), input: json("\"12345678\""), retry: None };
    let limits = Limits { payload_bytes: 9, ..Limits::default() };
    let few = Limits { actions_per_execution: 2, ..Limits::default() };
    let short = Limits { history_events: 15, ..Limits::default() };
    let status = Limits { custom_status_bytes: 3, ..Limits::default() };
    for (limits, actions, text) in [
        (limits, vec![task(0)], "the input of activity `A` has 10 bytes; allowed are 9 (maxPayloadSize)"),
        (few, vec![task(0), task(1), task(2)], "asks for 3 actions; allowed are 2 (maxOrchestrationActions)"),
        (short, vec![task(0), task(1)], "would have 16 events; allowed are 15 (maxHistoryEvents)"),
        (
            status,
            vec![Action::SetCustomStatus { status: json("\"long\"") }],
            "the custom status has 6 bytes; allowed are 3 (maxCustomStatusSize)",
        ),
    ] {
        let state = running(None);
        let begun = begin(&state, vec![raised(1, "go")], at(20));
        let applied = apply(&state, begun, actions, &limits, &mut Fixed { next: 0, lease: 9 });
        let Execution::Finished(completion) = &applied.commit.execution else {
            panic!("not finished: {text}")
        };
        let failure = completion.failure.as_ref().unwrap();
        assert!(failure.message.contains(text), "{}", failure.message);
        assert_eq!(failure.kind, kind::LIMIT);
        assert!(applied.commit.tasks.is_empty() && applied.commit.update.custom_status.is_none());
    }
    // Inclusive: as many as are allowed is fine.
    let state = running(None);
    let begun = begin(&state, vec![raised(1, "go")], at(20));
    let applied = apply(&state, begun, vec![task(0), task(1)], &few, &mut Fixed { next: 0, lease: 9 });
    assert_eq!(applied.commit.tasks.len(), 2);
}

#[test]
fn a_failing_child_is_named_to_its_parent_and_its_cause_kept() {
    let parent = Parent { instance: InstanceId::parse("p").unwrap(), execution: ASKER, task: 1 };
    let cause = Failure::new("Disk", "no space");
    let failure = Failure::new("Backup", "could not copy").caused_by(cause);
    let applied = run(&running(Some(parent)), vec![raised(1, "go")], vec![Action::Fail { failure }]);
    let Message::Event { event: EventKind::SubOrchestrationFailed { failure, .. }, .. } =
        &applied.commit.messages[0].message
    else {
        panic!("{:?}", applied.commit.messages)
    };
    assert_eq!(failure.message, "sub-orchestration `F` (i) failed: could not copy");
    let kinds: Vec<&str> = failure.chain().map(|failure| failure.kind.as_str()).collect();
    assert_eq!(kinds, ["Backup", "Backup", "Disk"]);
}

/// The code cannot follow its history: what arrived is kept for the code that can.
#[test]
fn what_arrives_for_code_that_diverges_is_held_back() {
    let resume = |id| event(id, EventKind::ExecutionResumed { reason: String::new() });
    let suspend = |id| event(id, EventKind::ExecutionSuspended { reason: "wait".to_owned(), failure: None });
    let task = TaskRef { instance: InstanceKey(7), generation: 2, task: 4 };
    let result = || Incoming::TaskResult {
        task,
        at: at(12),
        event: EventKind::TaskCompleted { id: 4, result: json("0") },
    };
    let held = ["TurnStarted", "ExecutionSuspended"];
    for (incoming, recorded) in [
        (vec![raised(1, "a"), result()], &["EventRaised", "TaskCompleted"][..]),
        (vec![resume(1), raised(2, "a")], &["EventRaised"]),
        (
            vec![raised(1, "a"), suspend(2), raised(3, "b")],
            &["EventRaised", "ExecutionSuspended", "EventRaised"],
        ),
    ] {
        let state = running(None);
        let consumed = begin(&state, incoming.clone(), at(20)).consumed;
        let begun = begin(&state, incoming.clone(), at(20)).held_back(Failure::new("Kind", "why"));
        assert_eq!(kinds(&begun), [&held[..], recorded].concat(), "{incoming:?}");
        assert_eq!((&begun.drive, begun.suspended), (&Drive::Record, true));
        let applied = apply(&state, begun, Vec::new(), &Limits::default(), &mut Fixed { next: 0, lease: 0 });
        assert_eq!(applied.next.instance.status, RuntimeStatus::Suspended);
        assert_eq!(applied.commit.consumed, consumed, "recorded is consumed");
        let EventKind::ExecutionSuspended { reason, failure } = &applied.commit.history[1].kind else {
            panic!("{:?}", applied.commit.history)
        };
        assert_eq!((&**reason, failure.as_ref().map(|failure| &*failure.kind)), ("why", Some("Kind")));
    }
}
