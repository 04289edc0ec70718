//! Termination with everything below, in the two pure halves of a turn.

#![expect(clippy::unwrap_used, reason = "what a test cannot go on without")]

use durable_core::{
    limits::Limits,
    message::Message,
    model::{InstanceKey, InstanceKind, MessageId, NewInstance},
    state::{Incoming, State, Supply, apply, begin},
    store::{OutMessage, Target},
};
use fnhost_protocol::{
    failure::Failure,
    history::{EventKind, ExecutionRef, HistoryEvent, Parent},
    ids::InstanceId,
    json::JsonText,
    status::RuntimeStatus,
    time::Timestamp,
};

const AT: Timestamp = Timestamp::EPOCH;

/// A termination creates nothing.
struct Nothing;

impl Supply for Nothing {
    fn key(&mut self) -> InstanceKey {
        panic!("no key is needed")
    }

    fn instance_id(&mut self) -> InstanceId {
        panic!("no id is needed")
    }

    fn lease_task(&mut self) -> bool {
        panic!("no activity is enqueued")
    }
}

fn id(text: &str) -> InstanceId {
    InstanceId::parse(text).unwrap()
}

fn parent(task: u32) -> Parent {
    Parent { instance: id("p"), execution: ExecutionRef { key: 3, generation: 4 }, task }
}

/// An instance of the third execution.
fn running(parent: Option<Parent>) -> State {
    let new = NewInstance {
        key: InstanceKey(7),
        id: id("i"),
        kind: InstanceKind::Orchestration,
        name: "F".to_owned(),
        input: None,
        parent,
    };
    let mut state = State::created(&new, AT);
    state.stored = true;
    state.instance.status = RuntimeStatus::Running;
    state.instance.generation = 2;
    state.instance.events = 5;
    state
}

fn created(task: u32, child: &str) -> HistoryEvent {
    let input = JsonText::null();
    let event = EventKind::SubOrchestrationCreated {
        id: task,
        name: "C".to_owned(),
        instance: id(child),
        input,
        retry: None,
    };
    HistoryEvent::new(AT, event)
}

fn completed(task: u32) -> EventKind {
    EventKind::SubOrchestrationCompleted { id: task, result: JsonText::null() }
}

fn message(number: i64, event: EventKind) -> Incoming {
    Incoming::Message(MessageId(number), Message::Event { execution: None, at: AT, event })
}

fn terminate(recursive: bool) -> EventKind {
    EventKind::ExecutionTerminated { reason: "enough".to_owned(), recursive }
}

/// The children that a turn tells, with their tasks.
fn told(state: &State, history: &[HistoryEvent], incoming: Vec<Incoming>) -> Vec<(String, u32)> {
    let mut begun = begin(state, incoming, AT);
    if begun.wants_children() {
        begun.find_children(history);
    }
    let applied = apply(state, begun, Vec::new(), &Limits::default(), &mut Nothing);
    assert_eq!(applied.next.instance.status, RuntimeStatus::Terminated);
    let told = applied.commit.messages.into_iter().filter_map(|OutMessage { target, message }| {
        let Target::Existing(to) = target else { panic!("{target:?}") };
        let Message::Terminate { parent, reason, .. } = message else { return None };
        let execution = ExecutionRef { key: 7, generation: 2 };
        assert_eq!((parent.instance, parent.execution, reason.as_str()), (id("i"), execution, "enough"));
        Some((to.to_string(), parent.task))
    });
    told.collect()
}

#[test]
fn only_children_without_an_answer_are_told() {
    let failed = EventKind::SubOrchestrationFailed { id: 2, failure: Failure::new("Error", "no") };
    let history = [
        created(0, "a"),
        created(1, "b"),
        created(2, "c"),
        created(5, "d"),
        created(6, "e"),
        HistoryEvent::new(AT, completed(1)),
        HistoryEvent::new(AT, failed),
    ];
    let now = || vec![message(1, completed(5)), message(2, terminate(true)), message(3, completed(0))];
    let expected = [("a".to_owned(), 0), ("e".to_owned(), 6)];
    assert_eq!(told(&running(None), &history, now()), expected, "an answer of this very turn counts");
    assert_eq!(told(&running(None), &history, vec![message(1, terminate(false))]), []);
}

#[test]
fn a_child_obeys_the_parent_that_waits_for_it_and_nobody_else() {
    let from = |parent| Message::Terminate { at: AT, parent, reason: "enough".to_owned() };
    let mine = running(Some(parent(9)));
    let incoming = vec![Incoming::Message(MessageId(1), from(parent(9)))];
    assert_eq!(told(&mine, &[created(0, "a")], incoming), [("a".to_owned(), 0)], "and passes it on");
    let later = Parent { execution: ExecutionRef { key: 3, generation: 5 }, ..parent(9) };
    for other in [parent(8), later] {
        for state in [running(Some(parent(9))), running(None)] {
            let begun = begin(&state, vec![Incoming::Message(MessageId(1), from(other.clone()))], AT);
            assert_eq!((begun.events.len(), begun.consumed.len()), (0, 1), "{other:?}");
        }
    }
}

#[test]
fn a_child_that_has_not_begun_ends_as_well() {
    let mut state = running(Some(parent(9)));
    state.instance.status = RuntimeStatus::Pending;
    state.instance.events = 0;
    let start = Message::Start { input: JsonText::null(), parent: Some(parent(9)) };
    let end = Message::Terminate { at: AT, parent: parent(9), reason: "enough".to_owned() };
    let incoming = vec![Incoming::Message(MessageId(1), start), Incoming::Message(MessageId(2), end)];
    assert_eq!(told(&state, &[], incoming), []);
}
