//! An executor whose orchestrators are pure functions: past in, all wishes so far out.

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use durable_core::{
    clock::Clock,
    memory::MemoryDatabase,
    model::{InstanceKind, LeasedTask},
    store::Store,
};
use durable_engine::{Client, Engine, Executor, Options, clock::VirtualClock};
use fnhost_protocol::{
    action::Action,
    client::StartRequest,
    entity::{EntityAction, EntityBatch, EntityOutcome},
    failure::Failure,
    history::{EventKind, HistoryEvent, TaskId},
    ids::InstanceId,
    json::JsonText,
    status::{InstanceStatus, RuntimeStatus},
    time::Timestamp,
    turn::{Turn, TurnOutcome},
};
use futures_util::future::BoxFuture;

/// What a program knows: everything that reached it so far.
#[derive(Default)]
pub struct Past {
    pub input: String,
    pub now: Option<Timestamp>,
    pub done: HashMap<TaskId, Result<String, String>>,
    pub events: Vec<(String, String)>,
}

impl Past {
    pub fn ok(&self, task: TaskId) -> Option<&str> {
        self.done.get(&task).and_then(|result| result.as_deref().ok())
    }
}

/// Session, the next turn's base, and everything that happened.
type Kept = (u64, u64, Vec<HistoryEvent>);

type Program = fn(&Past) -> Vec<Action>;

/// Programs by name; activities: `echo` returns its input, `fail` fails, `slow` waits until it is released.
#[derive(Default)]
pub struct Scripts {
    programs: HashMap<&'static str, Program>,
    sessions: Mutex<HashMap<InstanceId, Kept>>,
    pub tasks_run: Mutex<Vec<String>>,
    pub gate: tokio::sync::Notify,
    /// How many `slow` ones were dropped before they were released.
    pub cut_off: Arc<AtomicUsize>,
    open: AtomicBool,
}

impl Scripts {
    pub fn with(mut self, name: &'static str, program: Program) -> Self {
        self.programs.insert(name, program);
        self
    }

    /// Lets all activities through that are `slow`, now and from now on.
    pub fn open_gate(&self) {
        self.open.store(true, Ordering::SeqCst);
        self.gate.notify_waiters();
    }
}

pub fn text(json: &JsonText) -> String {
    json.read::<String>().unwrap_or_else(|_| json.to_string())
}

/// Reads history, then asks the program and drops what history has already.
fn replay(program: Program, events: &[HistoryEvent]) -> Vec<Action> {
    let mut past = Past::default();
    let mut scheduled = HashSet::new();
    let mut cancelled = HashSet::new();
    for event in events {
        match &event.kind {
            EventKind::TurnStarted => past.now = Some(event.at),
            EventKind::ExecutionStarted { input, .. } => past.input = text(input),
            EventKind::EventRaised { name, input } => past.events.push((name.clone(), text(input))),
            EventKind::TaskCompleted { id, result }
            | EventKind::SubOrchestrationCompleted { id, result }
            | EventKind::EntityOperationCompleted { id, result } => {
                past.done.insert(*id, Ok(text(result)));
            }
            EventKind::TaskFailed { id, failure }
            | EventKind::SubOrchestrationFailed { id, failure }
            | EventKind::EntityOperationFailed { id, failure } => {
                past.done.insert(*id, Err(failure.to_string()));
            }
            EventKind::TimerFired { id } => {
                past.done.insert(*id, Ok("fired".to_owned()));
            }
            EventKind::EntityLockGranted { id } => {
                past.done.insert(*id, Ok("locked".to_owned()));
            }
            EventKind::TimerCancelled { id } | EventKind::EntityUnlockSent { id } => {
                cancelled.insert(*id);
            }
            kind => {
                if let Some(id) = kind.scheduled_task() {
                    scheduled.insert(id);
                }
            }
        }
    }
    program(&past)
        .into_iter()
        .filter(|action| match action {
            Action::ScheduleTask { id, .. }
            | Action::CreateSubOrchestration { id, .. }
            | Action::CreateTimer { id, .. }
            | Action::CallEntity { id, .. }
            | Action::SignalEntity { id, .. }
            | Action::LockEntities { id, .. } => !scheduled.contains(id),
            Action::CancelTimer { id } | Action::UnlockEntities { id } => !cancelled.contains(id),
            _ => true,
        })
        .collect()
}

/// The executor over shared scripts.
pub struct ScriptExecutor(pub Arc<Scripts>);

impl Executor for ScriptExecutor {
    fn resolve(&self, kind: InstanceKind, name: &str) -> Result<Arc<str>, String> {
        let known = match kind {
            InstanceKind::Entity => name == "counter",
            InstanceKind::Orchestration => self.0.programs.contains_key(name),
        };
        if known { Ok(name.into()) } else { Err(format!("no function `{name}`")) }
    }

    fn turn(&self, turn: Turn) -> BoxFuture<'static, Result<TurnOutcome, Failure>> {
        let Some(program) = self.0.programs.get(turn.function.as_str()).copied() else {
            return Box::pin(std::future::ready(Err(Failure::new("Unknown", "no such program"))));
        };
        let mut sessions = self.0.sessions.lock().unwrap();
        let mut events = match (&turn.history, sessions.remove(&turn.instance)) {
            (Some(history), _) => history.to_vec(),
            (None, Some((session, next, events))) if session == turn.session && next == turn.base => events,
            (None, _) => return Box::pin(std::future::ready(Ok(TurnOutcome::NeedHistory))),
        };
        events.extend(turn.new_events.iter().cloned());
        let actions = replay(program, &events);
        // What the engine will append, as far as a replay cares: which ids are scheduled, which timers cancelled.
        for action in &actions {
            let kind = match action {
                Action::ScheduleTask { id, name, input, retry } => EventKind::TaskScheduled {
                    id: *id,
                    name: name.clone(),
                    input: input.clone(),
                    retry: retry.clone(),
                },
                Action::CreateTimer { id, fire_at } => EventKind::TimerCreated { id: *id, fire_at: *fire_at },
                Action::CancelTimer { id } | Action::UnlockEntities { id } => {
                    EventKind::TimerCancelled { id: *id }
                }
                Action::CreateSubOrchestration { id, .. }
                | Action::CallEntity { id, .. }
                | Action::SignalEntity { id, .. }
                | Action::LockEntities { id, .. } => {
                    EventKind::TimerCreated { id: *id, fire_at: Timestamp::EPOCH }
                }
                _ => continue,
            };
            events.push(HistoryEvent::new(Timestamp::EPOCH, kind));
        }
        sessions.insert(turn.instance, (turn.session, turn.base + 1, events));
        Box::pin(std::future::ready(Ok(TurnOutcome::Actions(actions))))
    }

    fn entity(&self, batch: EntityBatch) -> BoxFuture<'static, Result<EntityOutcome, Failure>> {
        let mut state = batch.state.as_ref().map(|state| state.read::<i64>().unwrap());
        let mut actions = Vec::new();
        let results = batch
            .operations
            .iter()
            .map(|operation| match operation.name.as_str() {
                "add" => {
                    let sum = state.unwrap_or(0) + operation.input.read::<i64>().unwrap();
                    state = Some(sum);
                    Ok(JsonText::of(&sum).unwrap())
                }
                "get" => Ok(JsonText::of(&state.unwrap_or(0)).unwrap()),
                "remind" => {
                    let at = batch.now.saturating_add(Duration::from_secs(60));
                    actions.push(EntityAction::Signal {
                        entity: batch.entity.clone(),
                        operation: "add".to_owned(),
                        input: operation.input.clone(),
                        at: Some(at),
                    });
                    Ok(JsonText::null())
                }
                "delete" => {
                    state = None;
                    Ok(JsonText::null())
                }
                other => Err(Failure::new("UnknownOperation", format!("no operation `{other}`"))),
            })
            .collect();
        let state = state.map(|state| JsonText::of(&state).unwrap());
        Box::pin(std::future::ready(Ok(EntityOutcome { state, results, actions })))
    }

    fn task(&self, task: LeasedTask) -> BoxFuture<'static, Result<JsonText, Failure>> {
        let scripts = self.0.clone();
        Box::pin(async move {
            scripts.tasks_run.lock().unwrap().push(task.name.clone());
            match task.name.as_str() {
                "echo" => Ok(task.input),
                "slow" => {
                    let count = scripts.cut_off.clone();
                    let guard = CutOff(Some(count));
                    if !scripts.open.load(Ordering::SeqCst) {
                        scripts.gate.notified().await;
                    }
                    guard.released();
                    Ok(task.input)
                }
                "panic" => panic!("as asked"),
                _ => Err(Failure::new("Asked", "it was asked to fail")),
            }
        })
    }
}

/// Counts calls that are dropped half-way.
struct CutOff(Option<Arc<AtomicUsize>>);

impl CutOff {
    fn released(mut self) {
        self.0 = None;
    }
}

impl Drop for CutOff {
    fn drop(&mut self) {
        if let Some(count) = &self.0 {
            count.fetch_add(1, Ordering::SeqCst);
        }
    }
}

/// A running engine on a memory database and a virtual clock.
pub struct Scene {
    pub database: MemoryDatabase,
    pub clock: VirtualClock,
    pub scripts: Arc<Scripts>,
    pub engine: Engine,
    pub client: Client,
    options: Options,
    /// How many lives there were; each is a host of its own.
    lives: i64,
}

impl Scene {
    pub async fn new(scripts: Scripts) -> Self {
        Self::with_options(scripts, Options::default()).await
    }

    pub async fn with_options(scripts: Scripts, options: Options) -> Self {
        let clock = VirtualClock::starting_at(Timestamp::parse("2026-01-01T00:00:00Z").unwrap());
        Self::assemble(MemoryDatabase::new(), clock, Arc::new(scripts), options, 1).await
    }

    async fn assemble(
        database: MemoryDatabase,
        clock: VirtualClock,
        scripts: Arc<Scripts>,
        options: Options,
        lives: i64,
    ) -> Self {
        let store: Arc<dyn Store> = Arc::new(database.store("hub"));
        let executor = Arc::new(ScriptExecutor(scripts.clone()));
        let engine = Engine::start(store, executor, Arc::new(clock.clone()), options.clone()).await.unwrap();
        let client = engine.client();
        Self { database, clock, scripts, engine, client, options, lives }
    }

    /// Another life on the same data; the old one was dropped as by a crash, or stopped.
    pub async fn restart(self) -> Self {
        let Self { database, clock, scripts, engine, options, lives, .. } = self;
        // No patience at all: what runs is cut off, as by a crash.
        assert!(engine.stop(std::future::ready(())).await.is_ok());
        database.take_over(lives);
        Self::assemble(database, clock, scripts, options, lives + 1).await
    }

    pub async fn start(&self, function: &str, id: &str, input: &str) -> InstanceId {
        let request = StartRequest {
            function: function.to_owned(),
            instance: Some(InstanceId::parse(id).unwrap()),
            input: JsonText::string(input),
        };
        self.client.start(request).await.unwrap()
    }

    pub async fn finish(&self, id: &InstanceId) -> InstanceStatus {
        let status = self.client.wait(id.clone(), Duration::from_secs(20)).await.unwrap();
        assert!(status.status.is_terminal(), "{id} is still {}", status.status);
        status
    }

    pub async fn output(&self, id: &InstanceId) -> String {
        let status = self.finish(id).await;
        assert_eq!(status.status, RuntimeStatus::Completed, "{:?}", status.failure);
        text(&status.output.unwrap())
    }

    pub async fn advance(&self, seconds: u64) {
        let client = self.client.clone();
        self.clock.advance(Duration::from_secs(seconds), || client.settled()).await;
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

pub fn call(id: TaskId, name: &str, input: &str) -> Action {
    Action::ScheduleTask { id, name: name.to_owned(), input: JsonText::string(input), retry: None }
}

pub fn complete(result: &str) -> Action {
    Action::Complete { result: JsonText::string(result) }
}
