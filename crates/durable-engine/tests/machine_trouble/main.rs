//! The machine alone, when something goes wrong around it: loads that fail, commits whose outcome nobody knows, a
//! host that stops, work that is announced while a claim is under way.

#![expect(clippy::unwrap_used, reason = "what a test cannot go on without")]

mod hosts;
mod leaving;
mod lost;
mod order;
mod races;
mod retention;
mod stops;
mod trials;

use durable_core::{
    limits::Limits,
    message::Message,
    model::{
        Instance, InstanceKey, InstanceKind, LeasedTask, Loaded, MessageId, NewInstance, TaskRef, TimerRow,
    },
    state::{self, Incoming, State, Supply},
    store::{
        ClaimRequest, Claimed, Commit, CommitOutcome, DeliveredTo, Delivery, PurgeCommit, Scheduled,
        SendCommit, Target, TurnDone,
    },
    suspicion::Suspicion,
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

    /// On a store that others share.
    fn shared(options: Options) -> Self {
        let mut scene = Self { machine: Machine::new(options).among_others(), effects: Vec::new() };
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
        self.tell(Input::Start { start, reply: ReplyId(1), finished: None });
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

    /// Nobody knows whether this was written; the claim that follows brings nothing.
    fn lost(&mut self, item: (Ticket, Commit)) {
        self.tell(Input::CommitLost { items: vec![item], why: "as asked".to_owned() });
        let request = self.take(|effect| match effect {
            Effect::Claim(request) => Some(*request),
            _ => None,
        });
        if let Some(request) = request {
            self.tell(Input::Claimed { claimed: Claimed::default(), request });
        }
    }

    fn released(&mut self) -> Option<Vec<TaskRef>> {
        self.take(|effect| match effect {
            Effect::ReleaseTasks(tasks) => Some(tasks.clone()),
            _ => None,
        })
    }

    fn replied(&mut self) -> Option<Reply> {
        self.take(|effect| match effect {
            Effect::Reply(ReplyId(1), reply) => Some(reply.clone()),
            _ => None,
        })
    }

    fn task_done(&mut self, task: &LeasedTask) {
        let event = EventKind::TaskCompleted { id: task.task.task, result: text("done") };
        self.tell(Input::TaskRan { task: task.task, event });
    }
}

fn schedule(id: TaskId) -> Action {
    Action::ScheduleTask { id, name: "a".to_owned(), input: text(""), retry: None }
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
        lock: None,
    };
    Input::Loaded {
        key,
        loaded: Some(Box::new(Loaded {
            instance,
            entity_state: None,
            inbox,
            timers: Vec::new(),
            suspicion: Suspicion::NONE,
        })),
    }
}

/// An instance that was read with one timer that is due.
fn loaded_with_timer(key: InstanceKey, turn: u64, task: TaskId) -> Input {
    let mut input = loaded(key, turn, RuntimeStatus::Running, Vec::new());
    if let Input::Loaded { loaded: Some(loaded), .. } = &mut input {
        loaded.timers.push(TimerRow { fire_at: NOW, timer: TaskRef { instance: key, generation: 0, task } });
    }
    input
}

/// An activity that was claimed for the first time.
fn leased_task(task: TaskRef) -> LeasedTask {
    LeasedTask {
        task,
        instance_id: id(),
        name: "a".to_owned(),
        input: text(""),
        attempt: 1,
        policy_attempt: 1,
        suspicion: Suspicion::NONE,
    }
}

fn raised(name: &str) -> Message {
    let event = EventKind::EventRaised { name: name.to_owned(), input: text("") };
    Message::Event { execution: None, at: NOW, event }
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
    let lost = Commit::Purge(PurgeCommit { id: id(), only: None });
    scene.tell(Input::Purge { id: id(), only: None, reply: ReplyId(2) });
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
    scene.tell(Input::Purge { id: id(), only: None, reply: ReplyId(2) });
    scene.take_commit();
    scene.tell(Input::CommitLost { items: vec![item], why: "as asked".to_owned() });
    let again = scene.take_commit();
    let fenced = vec![CommitOutcome::Fenced];
    assert_eq!(scene.loads(), None, "an idle instance is not read for every loss");
    scene.tell(Input::Committed { items: vec![again], outcomes: fenced });
    assert_eq!(scene.loads(), Some(key));
}
