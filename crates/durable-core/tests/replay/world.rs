//! One orchestration in a store, and everybody it deals with. What is true after each turn is checked after each turn.

use std::{
    collections::BTreeSet,
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Waker},
    time::Duration,
};

use durable_core::{
    limits::Limits,
    memory::{MemoryDatabase, MemoryStore},
    message::Message,
    model::{HostLease, InstanceKey, InstanceKind, NewInstance, TaskRef},
    state::{Drive, Incoming, State, Supply, apply, begin},
    store::{
        Batch, Commit, CommitOutcome, Completion, Execution, SendCommit, StartCommit, Store, Target,
        TurnCommit,
    },
};
use fnhost_protocol::{
    failure::Failure,
    history::{EventKind, HistoryEvent, Parent, TaskId},
    ids::InstanceId,
    json::JsonText,
    status::RuntimeStatus,
    time::Timestamp,
    turn::Turn,
};
use fnhost_sdk::{
    Registry, Settings,
    host::{Execution as Code, Services},
};

use serde::Serialize;

use crate::program::{Order, Step, registry};

const KEY: InstanceKey = InstanceKey(1);

/// Something that the orchestration waits for.
#[derive(Debug, Clone)]
pub(crate) enum Open {
    Task {
        task: TaskRef,
        order: Order,
        attempt: u32,
    },
    Timer {
        timer: TaskRef,
        at: Timestamp,
    },
    /// A child or an entity.
    Other {
        parent: Parent,
        order: Order,
        is_entity: bool,
    },
}

pub(crate) struct World {
    store: MemoryStore,
    lease: HostLease,
    registry: Registry,
    services: Services,
    state: State,
    kept: Option<Code>,
    now: Timestamp,
    pub(crate) open: Vec<Open>,
    pending: Vec<Incoming>,
    /// What was written, turn by turn, and how it ended.
    pub(crate) commits: Vec<TurnCommit>,
    pub(crate) completion: Option<Completion>,
}

/// The memory store never waits.
fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("the memory store waits"),
    }
}

struct Keys(i64);

impl Supply for Keys {
    fn key(&mut self) -> InstanceKey {
        self.0 += 1;
        InstanceKey(self.0)
    }

    fn instance_id(&mut self) -> InstanceId {
        self.0 += 1;
        InstanceId::from_stored(format!("child-{}", self.0))
    }

    fn lease_task(&mut self) -> bool {
        true
    }
}

impl World {
    pub(crate) fn new(program: &Step) -> Self {
        Self::of("F", program)
    }

    /// A new instance of this function.
    pub(crate) fn of(function: &str, input: &impl Serialize) -> Self {
        let store = MemoryDatabase::new().store("hub");
        let lease = now(store.register("test".to_owned())).unwrap();
        let input = JsonText::of(input).unwrap();
        let instance = NewInstance {
            key: KEY,
            id: InstanceId::from_stored("i"),
            kind: InstanceKind::Orchestration,
            name: function.to_owned(),
            input: Some(input.clone()),
            parent: None,
        };
        let state = State::created(&instance, Timestamp::EPOCH);
        let message = Message::Start { input, parent: None };
        let mut world = Self {
            store,
            lease,
            registry: registry(),
            services: Services::new(Settings::default()),
            state: State { stored: true, ..state },
            kept: None,
            now: Timestamp::EPOCH,
            open: Vec::new(),
            pending: Vec::new(),
            commits: Vec::new(),
            completion: None,
        };
        let start = StartCommit { instance, replace: false, message: message.clone() };
        let CommitOutcome::Started(delivery) = world.commit(Commit::Start(start)) else {
            panic!("not started")
        };
        world.pending.push(Incoming::Message(delivery.message, message));
        world
    }

    fn commit(&self, commit: Commit) -> CommitOutcome {
        let batch = Batch { lease: self.lease, now: self.now, commits: vec![commit] };
        now(self.store.commit(Arc::new(batch))).unwrap().remove(0)
    }

    fn history(&self) -> Vec<HistoryEvent> {
        now(self.store.history(KEY, self.state.instance.generation)).unwrap()
    }

    pub(crate) fn is_over(&self) -> bool {
        self.completion.is_some()
    }

    /// The code is not in memory any more.
    pub(crate) fn evict(&mut self) {
        self.kept = None;
    }

    /// Somebody sends it something.
    pub(crate) fn tell(&mut self, event: EventKind) {
        self.send(Message::Event { execution: None, at: self.now, event });
    }

    fn send(&mut self, message: Message) {
        let target = Target::Existing(self.state.instance.id.clone());
        match self.commit(Commit::Send(SendCommit { target, message: message.clone() })) {
            CommitOutcome::Sent(delivery) => self.pending.push(Incoming::Message(delivery.message, message)),
            CommitOutcome::Refused(_) => {}
            other => panic!("{other:?}"),
        }
    }

    /// One of the things that it waits for comes about, by its number modulo how many there are. Time never goes
    /// back.
    pub(crate) fn complete(&mut self, which: usize) {
        if self.open.is_empty() {
            return;
        }
        match self.open.remove(which % self.open.len()) {
            Open::Timer { timer, at } => {
                self.now = self.now.max(at);
                self.pending.push(Incoming::TimerFired { timer, at });
            }
            Open::Task { task, order, attempt } => {
                let id = task.task;
                let event = match answer(order, attempt) {
                    Ok(result) => EventKind::TaskCompleted { id, result },
                    Err(failure) => EventKind::TaskFailed { id, failure },
                };
                self.pending.push(Incoming::TaskResult { task, at: self.now, event });
            }
            Open::Other { parent, order, is_entity } => {
                let (id, execution) = (parent.task, Some(parent.execution));
                let attempt = if is_entity { 1 } else { self.attempt_of(id) };
                let event = match (answer(order, attempt), is_entity) {
                    (Ok(result), true) => EventKind::EntityOperationCompleted { id, result },
                    (Err(failure), true) => EventKind::EntityOperationFailed { id, failure },
                    (Ok(result), false) => EventKind::SubOrchestrationCompleted { id, result },
                    (Err(failure), false) => EventKind::SubOrchestrationFailed { id, failure },
                };
                self.send(Message::Event { execution, at: self.now, event });
            }
        }
    }

    /// Which attempt a child is, as history records it.
    fn attempt_of(&self, child: TaskId) -> u32 {
        let attempt = self.history().iter().find_map(|event| match &event.kind {
            EventKind::SubOrchestrationCreated { id, retry, .. } if *id == child => Some(retry.clone()),
            _ => None,
        });
        attempt.flatten().map_or(1, |retry| retry.attempt)
    }

    /// A turn over everything that has arrived.
    pub(crate) fn turn(&mut self) {
        if self.pending.is_empty() || self.is_over() {
            return;
        }
        self.now = self.now.saturating_add(Duration::from_millis(10));
        let begun = begin(&self.state, std::mem::take(&mut self.pending), self.now);
        let ran_code = begun.drive == Drive::RunCode;
        let actions = if ran_code { self.run(begun.events.as_slice().into()) } else { Vec::new() };
        let limits = Limits::default();
        let mut keys = Keys(100 + 1000 * i64::try_from(self.commits.len()).unwrap());
        let applied = apply(&self.state, begun, actions, &limits, &mut keys);
        let outcome = self.commit(Commit::Turn(Box::new(applied.commit.clone())));
        let CommitOutcome::Turn(done) = outcome else { panic!("{outcome:?}") };
        self.state = applied.next;
        let turn = applied.commit;
        if !ran_code || turn.execution != Execution::Continues {
            self.kept = None;
        }
        self.take(&turn);
        if let (Execution::ContinuedAsNew { message, .. }, Some(id)) = (&turn.execution, done.continued) {
            self.pending.push(Incoming::Message(id, message.clone()));
        }
        if let Execution::Finished(completion) = &turn.execution {
            self.completion = Some(completion.clone());
        }
        self.commits.push(turn);
        self.check();
    }

    fn run(&mut self, new_events: Arc<[HistoryEvent]>) -> Vec<fnhost_protocol::action::Action> {
        let row = &self.state.instance;
        let turn = Turn {
            instance: row.id.clone(),
            function: row.name.clone(),
            generation: row.generation,
            session: 1,
            base: row.turn,
            history: Some(self.history().into()),
            new_events,
        };
        let mut code = match self.kept.take() {
            Some(kept) => kept,
            None => self.registry.start_execution(&turn, &self.services).unwrap().unwrap(),
        };
        let actions = code.advance(&turn.new_events);
        assert_eq!(code.divergence(), None);
        self.kept = Some(code);
        actions
    }

    /// What a turn has asked for, and given up.
    fn take(&mut self, turn: &TurnCommit) {
        let generation = self.state.instance.generation;
        if turn.execution != Execution::Continues {
            self.open.clear();
            return;
        }
        let here = |task| TaskRef { instance: KEY, generation, task };
        self.open.retain(|open| match open {
            Open::Timer { timer, .. } => !turn.timers_done.contains(timer),
            _ => true,
        });
        for task in &turn.tasks {
            let (task, order, attempt) = (here(task.task), task.input.read().unwrap(), task.policy_attempt);
            self.open.push(Open::Task { task, order, attempt });
        }
        for timer in &turn.timers {
            self.open.push(Open::Timer { timer: here(timer.task), at: timer.fire_at });
        }
        for message in &turn.messages {
            match &message.message {
                Message::Start { input, parent: Some(parent) } => {
                    let (parent, order) = (parent.clone(), input.read().unwrap());
                    self.open.push(Open::Other { parent, order, is_entity: false });
                }
                Message::Operation { input, caller: Some(caller), .. } => {
                    let (parent, order) = (caller.clone(), input.read().unwrap());
                    self.open.push(Open::Other { parent, order, is_entity: true });
                }
                _ => {}
            }
        }
    }

    /// What must be true between turns.
    fn check(&self) {
        let loaded = now(self.store.load(KEY)).unwrap().unwrap();
        assert_eq!(State::of(&loaded), self.state, "what is in memory is what a load would bring");
        let history = self.history();
        assert_eq!(history.len() as u64, loaded.instance.events);
        let is_over = loaded.instance.status.is_terminal();
        let stored: BTreeSet<TaskId> = loaded.timers.iter().map(|row| row.timer.task).collect();
        let waiting: BTreeSet<TaskId> = history.iter().fold(BTreeSet::new(), |mut waiting, event| {
            match &event.kind {
                EventKind::TimerCreated { id, .. } if !is_over => _ = waiting.insert(*id),
                EventKind::TimerCancelled { id } | EventKind::TimerFired { id } => _ = waiting.remove(id),
                _ => {}
            }
            waiting
        });
        assert_eq!(stored, waiting, "timers that fired, were cancelled or are over have no rows");
        if is_over {
            assert!(loaded.inbox.is_empty() && loaded.timers.is_empty());
            assert_ne!(loaded.instance.status, RuntimeStatus::Terminated);
        }
    }
}

/// A call fails as often as it was told, then says who it is.
fn answer(order: Order, attempt: u32) -> Result<JsonText, Failure> {
    if attempt <= order.failures {
        return Err(Failure::new("Told", "as it was told"));
    }
    Ok(JsonText::of(&u64::from(order.name)).unwrap())
}
