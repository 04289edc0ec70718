//! The machine alone, when something goes wrong around it: loads that fail, commits whose outcome nobody knows, a
//! host that stops, work that is announced while a claim is under way.

#![expect(clippy::unwrap_used, reason = "what a test cannot go on without")]

use durable_core::{
    limits::Limits,
    message::Message,
    model::{
        Instance, InstanceKey, InstanceKind, LeasedTask, Loaded, MessageId, NewInstance, TaskRef, TimerRow,
    },
    state::{self, Incoming, State, Supply},
    store::{
        ClaimRequest, Claimed, Commit, CommitOutcome, DeliveredTo, Delivery, PurgeCommit, SendCommit, Target,
        TurnDone,
    },
};
use durable_engine::{
    Options,
    machine::{Effect, Input, Machine, Recipient, Reply, ReplyId, StartInput, Ticket},
};
use fnhost_protocol::{
    action::Action,
    entity::{EntityAction, EntityOutcome},
    failure::kind,
    history::{EventKind, TaskId},
    ids::{EntityId, InstanceId},
    json::JsonText,
    status::RuntimeStatus,
    time::Timestamp,
    turn::TurnOutcome,
};

const NOW: Timestamp = Timestamp::EPOCH;

fn id() -> InstanceId {
    InstanceId::parse("one").unwrap()
}

fn text(text: &str) -> JsonText {
    JsonText::string(text)
}

/// A machine with what it has asked for so far.
struct Scene {
    machine: Machine,
    effects: Vec<Effect>,
}

impl Scene {
    fn new(options: Options) -> Self {
        let mut scene = Self { machine: Machine::new(options), effects: Vec::new() };
        scene.tell(Input::KeysReserved(1..10_000));
        scene
    }

    fn tell(&mut self, input: Input) {
        self.machine.handle(input, NOW);
        self.effects.extend(self.machine.take_effects());
    }

    /// Takes the first effect out for which there is an answer.
    fn take<T>(&mut self, want: impl Fn(&Effect) -> Option<T>) -> Option<T> {
        let at = self.effects.iter().position(|effect| want(effect).is_some())?;
        want(&self.effects.remove(at))
    }

    fn take_commit(&mut self) -> (Ticket, Commit) {
        let at = self.effects.iter().position(|effect| matches!(effect, Effect::Commit(..)));
        match self.effects.remove(at.expect("something is to be written")) {
            Effect::Commit(ticket, commit) => (ticket, commit),
            other => panic!("{other:?}"),
        }
    }

    fn take_results(&mut self) -> Vec<TaskRef> {
        let results = |effect: &Effect| match effect {
            Effect::Commit(_, Commit::TaskResult(result)) => Some(result.task),
            _ => None,
        };
        std::iter::from_fn(|| self.take(results)).collect()
    }

    fn turn_events(&mut self) -> Option<Vec<EventKind>> {
        self.take(|effect| match effect {
            Effect::RunTurn(_, turn) => {
                Some(turn.new_events.iter().map(|event| event.kind.clone()).collect())
            }
            _ => None,
        })
    }

    fn loads(&mut self) -> Option<InstanceKey> {
        self.take(|effect| match effect {
            Effect::Load(key) => Some(*key),
            _ => None,
        })
    }

    fn runs_task(&mut self) -> Option<LeasedTask> {
        self.take(|effect| match effect {
            Effect::RunTask(task) => Some(task.clone()),
            _ => None,
        })
    }

    /// Starts an instance whose first turn asks for this; its commit is reported. Returns its key.
    fn start(&mut self, actions: Vec<Action>) -> InstanceKey {
        let start = StartInput { id: id(), name: "f".to_owned(), input: text("") };
        self.tell(Input::Start(start, ReplyId(1)));
        let key = self
            .take(|effect| match effect {
                Effect::RunTurn(key, _) => Some(*key),
                _ => None,
            })
            .unwrap();
        self.ran(key, actions);
        let item = self.take_commit();
        self.committed(item);
        key
    }

    fn ran(&mut self, key: InstanceKey, actions: Vec<Action>) {
        self.tell(Input::TurnRan { key, outcome: Ok(TurnOutcome::Actions(actions)) });
    }

    fn committed(&mut self, item: (Ticket, Commit)) {
        let Commit::Turn(turn) = &item.1 else { panic!("{item:?}") };
        let done = TurnDone { deliveries: vec![None; turn.messages.len()], ..TurnDone::default() };
        self.tell(Input::Committed { items: vec![item], outcomes: vec![CommitOutcome::Turn(done)] });
    }

    fn task_done(&mut self, task: &LeasedTask) {
        let event = EventKind::TaskCompleted { id: task.task.task, result: text("done") };
        self.tell(Input::TaskRan { task: task.task, event });
    }
}

fn schedule(id: TaskId) -> Action {
    Action::ScheduleTask { id, name: "a".to_owned(), input: text("") }
}

fn timer(id: TaskId) -> Action {
    Action::CreateTimer { id, fire_at: NOW }
}

fn complete() -> Action {
    Action::Complete { result: text("") }
}

fn continue_as_new() -> Action {
    Action::ContinueAsNew { input: text(""), carryover: Vec::new() }
}

fn loaded(key: InstanceKey, turn: u64, status: RuntimeStatus, inbox: Vec<(MessageId, Message)>) -> Input {
    let instance = Instance {
        key,
        id: id(),
        kind: InstanceKind::Orchestration,
        name: "f".to_owned(),
        status,
        generation: 0,
        turn,
        events: 0,
        actions: 0,
        parent: None,
        created_at: NOW,
        updated_at: NOW,
    };
    Input::Loaded { key, loaded: Some(Box::new(Loaded { instance, entity_state: None, inbox })) }
}

fn raised(name: &str) -> Message {
    let event = EventKind::EventRaised { name: name.to_owned(), input: text("") };
    Message::Event { generation: None, at: NOW, event }
}

/// An activity that was asked for by a turn which also ended the execution was counted as running for ever: after
/// as many of them as a host has slots, no activity ran any more.
#[test]
fn an_activity_that_ends_with_its_execution_takes_no_slot() {
    for end in [complete(), continue_as_new()] {
        let mut scene = Scene::new(Options { max_tasks: 1, ..Options::default() });
        scene.start(vec![schedule(0), end]);
        assert_eq!(scene.machine.in_flight(), 0);
        scene.start(vec![schedule(0)]);
        assert!(scene.runs_task().is_some(), "the slot is free");
    }
}

/// An instance that was claimed and could not be read was never read again: it had nothing pending in memory, and no
/// claim finds what this host owns.
#[test]
fn a_claimed_instance_that_could_not_be_read_is_read_at_the_next_sweep() {
    let mut scene = Scene::new(Options::default());
    let key = InstanceKey(77);
    scene.tell(Input::Sweep);
    let request = scene
        .take(|effect| match effect {
            Effect::Claim(request) => Some(*request),
            _ => None,
        })
        .unwrap();
    let claimed = Claimed { instances: vec![key], tasks: Vec::new() };
    scene.tell(Input::Claimed { claimed, request });
    assert_eq!(scene.loads(), Some(key));
    scene.tell(Input::LoadFailed { key });
    scene.tell(Input::Sweep);
    assert_eq!(scene.loads(), Some(key));
}

/// The commit of a continue-as-new carries no history, so the results that its turn had taken were not found again
/// when its outcome was unknown: the instance waited for them for ever.
#[test]
fn a_lost_continue_as_new_gives_back_the_result_and_the_timer_that_its_turn_took() {
    let mut scene = Scene::new(Options::default());
    let key = scene.start(vec![schedule(0), timer(1)]);
    let task = scene.runs_task().unwrap();
    // The timer is due at once: its turn begins and the result comes behind it.
    assert!(scene.turn_events().is_some());
    scene.ran(key, Vec::new());
    let item = scene.take_commit();
    scene.task_done(&task);
    scene.committed(item);
    assert!(scene.turn_events().is_some());
    scene.ran(key, vec![continue_as_new()]);
    let item = scene.take_commit();
    scene.tell(Input::CommitLost { items: vec![item], why: "as asked".to_owned() });
    assert_eq!(scene.take_results(), [task.task]);

    let mut scene = Scene::new(Options::default());
    let key = scene.start(vec![timer(0)]);
    assert!(scene.turn_events().is_some());
    scene.ran(key, vec![continue_as_new()]);
    let item = scene.take_commit();
    scene.tell(Input::CommitLost { items: vec![item], why: "as asked".to_owned() });
    assert_eq!(scene.loads(), Some(key));
    scene.tell(loaded(key, 1, RuntimeStatus::Running, Vec::new()));
    assert_eq!(scene.turn_events(), Some(vec![EventKind::TurnStarted, EventKind::TimerFired { id: 0 }]));
}

/// Results that waited for the next turn when the host was told to stop were dropped: finished activities ran again.
#[test]
fn a_stopping_host_records_the_results_that_wait_for_a_turn() {
    let mut scene = Scene::new(Options::default());
    let key = scene.start(vec![schedule(0), schedule(1)]);
    let (first, second) = (scene.runs_task().unwrap(), scene.runs_task().unwrap());
    scene.task_done(&first);
    scene.ran(key, Vec::new());
    let item = scene.take_commit();
    scene.task_done(&second);
    scene.tell(Input::Drain);
    assert_eq!(scene.take_results(), [second.task]);
    scene.committed(item);
    assert_eq!(scene.machine.in_flight(), 1, "the second result is still being written");
}

/// A turn whose commit was lost but had been written left activities that this host had leased and timers that
/// nobody had armed; both waited for the next start of the host.
#[test]
fn what_a_lost_turn_may_have_left_is_found_again() {
    let mut scene = Scene::new(Options::default());
    let start = StartInput { id: id(), name: "f".to_owned(), input: text("") };
    scene.tell(Input::Start(start, ReplyId(1)));
    let key = InstanceKey(1);
    scene.ran(key, vec![schedule(0), timer(1)]);
    let item = scene.take_commit();
    scene.tell(Input::CommitLost { items: vec![item], why: "as asked".to_owned() });
    let released = scene.take(|effect| match effect {
        Effect::ReleaseTasks(tasks) => Some(tasks.clone()),
        _ => None,
    });
    assert_eq!(released, Some(vec![TaskRef { instance: key, generation: 0, task: 0 }]));
    assert!(scene.effects.iter().any(|effect| format!("{effect:?}") == "ReadTimers"));
}

/// A message whose commit was lost but had been written reached an instance that this host owned: no claim finds
/// those, so it waited until the instance's activities were over.
#[test]
fn after_a_lost_commit_instances_with_work_here_are_read_again() {
    let mut scene = Scene::new(Options::default());
    let key = scene.start(vec![schedule(0)]);
    let task = scene.runs_task().unwrap();
    scene.task_done(&task);
    assert!(scene.turn_events().is_some());
    scene.ran(key, vec![schedule(1)]);
    let item = scene.take_commit();
    scene.committed(item);
    assert!(scene.runs_task().is_some());
    let lost = Commit::Purge(PurgeCommit { id: id() });
    scene.tell(Input::Purge { id: id(), reply: ReplyId(2) });
    scene.take_commit();
    scene.tell(Input::CommitLost { items: vec![(Ticket::Client(ReplyId(2)), lost)], why: String::new() });
    assert_eq!(scene.loads(), Some(key));
}

/// A result whose commit was lost but had been written was refused the second time, and the instance was never told
/// that it has it.
#[test]
fn a_result_that_was_written_although_its_commit_was_lost_is_read() {
    let mut scene = Scene::new(Options::default());
    let key = scene.start(vec![schedule(0)]);
    let task = scene.runs_task().unwrap();
    scene.tell(Input::Drain);
    scene.task_done(&task);
    let item = scene.take_commit();
    let mut scene = Scene::new(Options::default());
    scene.start(Vec::new());
    scene.tell(Input::Purge { id: id(), reply: ReplyId(2) });
    scene.take_commit();
    scene.tell(Input::CommitLost { items: vec![item], why: "as asked".to_owned() });
    let again = scene.take_commit();
    let fenced = vec![CommitOutcome::Fenced];
    assert_eq!(scene.loads(), None, "an idle instance is not read for every loss");
    scene.tell(Input::Committed { items: vec![again], outcomes: fenced });
    assert_eq!(scene.loads(), Some(key));
}

/// A message for which there was no room was left to claims, which do not find what this host owns already.
#[test]
fn a_message_without_room_is_read_at_the_next_sweep() {
    let mut scene = Scene::new(Options { max_slots: 1, ..Options::default() });
    let key = scene.start(vec![schedule(0)]);
    let task = scene.runs_task().unwrap();
    let other = InstanceKey(77);
    scene.tell(Input::Send {
        target: Recipient::Orchestration(id()),
        message: raised("a"),
        reply: ReplyId(2),
    });
    let item = scene.take_commit();
    let sent = Delivery { key: other, message: MessageId(1), to: DeliveredTo::Here };
    scene.tell(Input::Committed { items: vec![item], outcomes: vec![CommitOutcome::Sent(sent)] });
    assert_eq!(scene.loads(), None);
    scene.task_done(&task);
    scene.ran(key, vec![complete()]);
    let item = scene.take_commit();
    scene.committed(item);
    scene.tell(Input::Sweep);
    assert_eq!(scene.loads(), Some(other));
}

/// Activities that were announced while a claim was under way were forgotten when the claim came back with less than
/// it had asked for: they waited for the next sweep, and the engine looked settled.
#[test]
fn work_announced_during_a_claim_is_claimed_next() {
    let mut scene = Scene::new(Options { max_tasks: 4, ..Options::default() });
    scene.tell(Input::Sweep);
    let claim = |effect: &Effect| match effect {
        Effect::Claim(request) => Some(*request),
        _ => None,
    };
    let request = scene.take(claim).unwrap();
    scene.start(vec![schedule(0)]);
    assert!(scene.runs_task().is_none(), "all slots wait for the claim");
    scene.tell(Input::Claimed { claimed: Claimed::default(), request });
    assert!(!scene.machine.is_quiet());
    assert!(scene.take(claim).is_some_and(|request| request.tasks == 4));
}

/// Read from the store, the message that begins the next execution may come after more messages than a turn takes:
/// the code then ran without it.
#[test]
fn the_message_that_begins_an_execution_comes_first_however_long_the_inbox() {
    let mut options = Options::default();
    options.limits.messages_per_turn = 2;
    let mut scene = Scene::new(options);
    let key = InstanceKey(77);
    let sent = |id| Delivery { key, message: MessageId(id), to: DeliveredTo::Here };
    let begins = Message::ContinuedAsNew { generation: 0, input: text(""), carryover: Vec::new() };
    let inbox = vec![
        (MessageId(1), raised("a")),
        (MessageId(2), raised("b")),
        (MessageId(3), raised("c")),
        (MessageId(4), begins),
    ];
    let message = Commit::Send(SendCommit { target: Target::Existing(id()), message: raised("a") });
    scene.tell(Input::Send {
        target: Recipient::Orchestration(id()),
        message: raised("a"),
        reply: ReplyId(1),
    });
    scene.take_commit();
    scene.tell(Input::Committed {
        items: vec![(Ticket::Client(ReplyId(1)), message)],
        outcomes: vec![CommitOutcome::Sent(sent(1))],
    });
    scene.tell(loaded(key, 3, RuntimeStatus::Running, inbox));
    let events = scene.turn_events().unwrap();
    assert!(matches!(events[1], EventKind::ExecutionStarted { .. }), "{events:?}");
    assert!(matches!(&events[2], EventKind::EventRaised { name, .. } if name == "a"), "{events:?}");
}

/// An execution that begins while its instance is suspended did not record the suspension. Its replay ran the code
/// where the live turn had not, and the instance failed as non-deterministic when it was resumed.
#[test]
fn an_execution_that_begins_suspended_says_so_in_its_history() {
    let mut scene = Scene::new(Options::default());
    let key = InstanceKey(77);
    scene.tell(Input::Sweep);
    let request = scene
        .take(|effect| match effect {
            Effect::Claim(request) => Some(*request),
            _ => None,
        })
        .unwrap();
    scene.tell(Input::Claimed { claimed: Claimed { instances: vec![key], tasks: Vec::new() }, request });
    let begins = Message::ContinuedAsNew { generation: 0, input: text(""), carryover: Vec::new() };
    scene.tell(loaded(key, 3, RuntimeStatus::Suspended, vec![(MessageId(1), begins)]));
    let (_, Commit::Turn(turn)) = scene.take_commit() else { panic!("a turn is written") };
    let kinds: Vec<_> = turn.history.iter().map(|event| &event.kind).collect();
    assert!(
        matches!(
            kinds[..],
            [
                EventKind::TurnStarted,
                EventKind::ExecutionSuspended { .. },
                EventKind::ExecutionStarted { .. }
            ]
        ),
        "{kinds:?}"
    );
    assert_eq!(turn.update.status, RuntimeStatus::Suspended);
}

/// A client that waited for an instance whose last commit was lost waited until its time was up, although the
/// instance was read and found finished.
#[test]
fn whoever_waits_is_told_when_a_read_finds_the_instance_finished() {
    let mut scene = Scene::new(Options::default());
    let key = scene.start(vec![timer(0)]);
    scene.tell(Input::Wait { id: id(), reply: ReplyId(9) });
    assert!(scene.turn_events().is_some());
    scene.ran(key, vec![complete()]);
    let item = scene.take_commit();
    scene.tell(Input::CommitLost { items: vec![item], why: "as asked".to_owned() });
    scene.tell(loaded(key, 2, RuntimeStatus::Completed, Vec::new()));
    assert!(
        scene.effects.iter().any(|effect| matches!(effect, Effect::Reply(ReplyId(9), Reply::Finished))),
        "{:?}",
        scene.effects
    );
}

/// Timers that an execution left behind stayed in memory until they were due, and then had its instance read.
#[test]
fn timers_of_a_finished_instance_are_forgotten_with_it() {
    let mut scene = Scene::new(Options::default());
    let fire_at = NOW.saturating_add(std::time::Duration::from_secs(3_600));
    scene.start(vec![Action::CreateTimer { id: 0, fire_at }, schedule(1)]);
    assert_eq!(scene.machine.next_due(), Some(fire_at));
    let task = scene.runs_task().unwrap();
    let key = task.task.instance;
    scene.task_done(&task);
    scene.ran(key, vec![complete()]);
    let item = scene.take_commit();
    scene.committed(item);
    assert_eq!(scene.machine.next_due(), None);
}

/// A page of timers that was read before a turn took one of them, and came in after, armed it again.
#[test]
fn a_timer_that_fired_while_timers_are_read_does_not_fire_again() {
    let mut scene = Scene::new(Options::default());
    scene.tell(Input::Recover);
    let key = scene.start(vec![timer(0)]);
    assert!(scene.turn_events().is_some());
    scene.ran(key, Vec::new());
    let item = scene.take_commit();
    scene.committed(item);
    let timer = TaskRef { instance: key, generation: 0, task: 0 };
    scene.tell(Input::TimersRead(vec![TimerRow { fire_at: NOW, timer }]));
    assert_eq!(scene.turn_events(), None);
    scene.take(|effect| matches!(effect, Effect::Claim(_)).then_some(())).unwrap();
    let request = ClaimRequest { instances: 1, tasks: 1 };
    scene.tell(Input::Claimed { claimed: Claimed::default(), request });
    assert!(!scene.machine.is_quiet(), "timers are still being read");
    scene.tell(Input::TimersRead(Vec::new()));
    assert!(scene.machine.is_quiet());
}

/// Only what came in from outside and what orchestrators asked for was held against the limit of payloads.
#[test]
fn results_of_activities_and_what_entities_send_out_have_the_limit_of_payloads() {
    let limits = Limits { payload_bytes: 10, ..Limits::default() };
    let mut scene = Scene::new(Options { limits, ..Options::default() });
    scene.start(vec![schedule(0)]);
    let task = scene.runs_task().unwrap();
    let event = EventKind::TaskCompleted { id: 0, result: text("longer than ten bytes") };
    scene.tell(Input::TaskRan { task: task.task, event });
    let events = scene.turn_events().unwrap();
    assert!(
        matches!(&events[1], EventKind::TaskFailed { failure, .. } if failure.kind == kind::LIMIT),
        "{events:?}"
    );

    let entity = EntityId::new("counter", "k").unwrap();
    let new = NewInstance {
        key: InstanceKey(77),
        id: entity.instance_id(),
        kind: InstanceKind::Entity,
        name: "counter".to_owned(),
        input: None,
        parent: None,
    };
    let before = State::created(&new, NOW);
    let message = Message::Operation { name: "add".to_owned(), input: text(""), caller: None };
    let batch = state::begin_entity(&before, vec![Incoming::Message(MessageId(1), message)], NOW);
    let signal =
        EntityAction::Signal { entity, operation: "add".to_owned(), input: text("longer than ten bytes") };
    let outcome =
        EntityOutcome { state: Some(text("new")), results: vec![Ok(text(""))], actions: vec![signal] };
    let applied = state::apply_entity(&before, batch, Ok(outcome), &limits, &mut NoSupply);
    assert_eq!((applied.commit.messages.len(), applied.next.entity_state), (0, None));
}

struct NoSupply;

impl Supply for NoSupply {
    fn key(&mut self) -> InstanceKey {
        InstanceKey(99)
    }

    fn instance_id(&mut self) -> InstanceId {
        InstanceId::generate()
    }

    fn lease_task(&mut self) -> bool {
        false
    }
}
