//! What the context, its futures and the execution share.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError, atomic::AtomicBool},
    task::{Context, Poll, Waker},
};

use fnhost_protocol::{
    action::Action,
    failure::Failure,
    history::{Parent, TaskId},
    ids::InstanceId,
    json::JsonText,
    time::Timestamp,
};

use super::{
    entity_locks::Section,
    inbox::{Inbox, WaitId},
    parking::{Parked, Parking},
    recorded::Recorded,
    retries::{Completed, Retries},
    retry_defaults::RetryDefaults,
    tasks::{Progress, Task, TaskKind, TaskResult},
};
use crate::{call::Services, settings::Settings};

/// What stays the same during an execution, and its state behind a lock. The lock is never contended: only the
/// thread that runs the turn takes it, and never while user code runs.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) instance: InstanceId,
    pub(super) name: Arc<str>,
    pub(super) generation: u32,
    pub(super) settings: Settings,
    /// Whether the current turn is being replayed from history. Loggers hold it too.
    pub(super) replaying: Arc<AtomicBool>,
    state: Mutex<State>,
}

impl Shared {
    pub(super) fn new(instance: InstanceId, name: Arc<str>, generation: u32, services: &Services) -> Self {
        Self {
            instance,
            name,
            generation,
            settings: services.settings().clone(),
            replaying: Arc::default(),
            state: Mutex::new(State::new(services.retry_defaults().clone())),
        }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        // A panic of user code cannot leave the state half changed: it never runs while the lock is held.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The state of an execution.
#[derive(Debug)]
pub(super) struct State {
    /// Time of the current turn.
    pub(super) now: Timestamp,
    pub(super) parent: Option<Parent>,
    pub(super) guids: u64,
    pub(super) tasks: Vec<Task>,
    pub(super) inbox: Inbox,
    pub(super) parking: Parking,
    /// What history says that the current turn asked for, while it is replayed.
    pub(super) recorded: Recorded,
    pub(super) retries: Retries,
    pub(super) retry_defaults: RetryDefaults,
    /// The critical section that the code is in, or waits to enter.
    pub(super) section: Option<Section>,
    turn: TurnWishes,
}

/// What the code asked for in the current turn.
#[derive(Debug, Default)]
struct TurnWishes {
    actions: Vec<Action>,
    /// Tasks with this number or above are of this turn.
    first_task: usize,
    /// Place of the custom status in `actions`: the last one counts.
    status_at: Option<usize>,
    /// Timers that were made and given up in this turn: as if never made.
    withdrawn: HashSet<TaskId>,
    /// Timers that were given up and then fired in this turn: nothing is left to cancel.
    fired: HashSet<TaskId>,
}

impl State {
    fn new(retry_defaults: RetryDefaults) -> Self {
        Self {
            now: Timestamp::EPOCH,
            parent: None,
            guids: 0,
            tasks: Vec::new(),
            inbox: Inbox::default(),
            parking: Parking::default(),
            recorded: Recorded::default(),
            retries: Retries::default(),
            retry_defaults,
            section: None,
            turn: TurnWishes::default(),
        }
    }

    pub(super) fn begin_turn(&mut self, now: Timestamp, recorded: Recorded) {
        self.now = now;
        self.recorded = recorded;
        self.turn = TurnWishes { first_task: self.tasks.len(), ..TurnWishes::default() };
    }

    /// What the turn asked for, in order, without what was taken back.
    pub(super) fn end_turn(&mut self) -> Vec<Action> {
        let TurnWishes { mut actions, withdrawn, fired, .. } = std::mem::take(&mut self.turn);
        if !withdrawn.is_empty() || !fired.is_empty() {
            actions.retain(|action| match action {
                Action::CreateTimer { id, .. } => !withdrawn.contains(id),
                Action::CancelTimer { id } => !fired.contains(id),
                _ => true,
            });
        }
        actions
    }

    /// The number that the next task gets.
    pub(super) fn next_task(&self) -> TaskId {
        // Limits far below this are enforced by the engine.
        TaskId::try_from(self.tasks.len()).expect("fewer than four thousand million tasks")
    }

    /// Adds a task and the action that asks for it.
    pub(super) fn ask(&mut self, kind: TaskKind, name: &str, action: Action) {
        // Nobody waits for a signal.
        let progress = if kind == TaskKind::EntitySignal { Progress::Over } else { Progress::Waiting(None) };
        self.tasks.push(Task { kind, name: name.into(), progress, attempts: 1 });
        self.turn.actions.push(action);
    }

    /// Adds a task that could not be asked for; it uses up its number, so that replay counts alike.
    pub(super) fn skip_task(&mut self, kind: TaskKind, name: &str) {
        self.tasks.push(Task { kind, name: name.into(), progress: Progress::Over, attempts: 1 });
    }

    /// Asks for something that is no task.
    pub(super) fn wish(&mut self, action: Action) {
        self.turn.actions.push(action);
    }

    pub(super) fn set_custom_status(&mut self, status: JsonText) {
        let action = Action::SetCustomStatus { status };
        match self.turn.status_at {
            Some(at) => self.turn.actions[at] = action,
            None => {
                self.turn.status_at = Some(self.turn.actions.len());
                self.turn.actions.push(action);
            }
        }
    }

    /// Records a completion.
    pub(super) fn complete(
        &mut self,
        id: TaskId,
        kind: TaskKind,
        result: TaskResult,
    ) -> Result<Completed, NoSuchTask> {
        let Some(task) = self.tasks.get_mut(id as usize) else { return Err(NoSuchTask::NeverAsked) };
        if task.kind != kind {
            return Err(NoSuchTask::OtherKind(task.describe(id)));
        }
        if let Some(call) = self.retries.waiting_for(id) {
            return Ok(self.go_on(call, id, result));
        }
        let mut woken = None;
        match &mut task.progress {
            Progress::Waiting(parked) if !self.retries.has_gone_on(id) => {
                woken = self.parking.unpark(parked);
                task.progress = Progress::Done(result);
            }
            Progress::Waiting(_) | Progress::Done(_) => {}
            Progress::Over => {
                if kind == TaskKind::Timer {
                    self.turn.fired.insert(id);
                }
            }
        }
        Ok(Completed::Wake(woken))
    }

    /// Whether this task was asked for in the current turn.
    pub(super) fn is_of_this_turn(&self, id: TaskId) -> bool {
        id as usize >= self.turn.first_task
    }

    /// The action of this turn that asks for a task.
    pub(super) fn action_of(&mut self, id: TaskId) -> Option<&mut Action> {
        self.turn.actions.iter_mut().rev().find(|action| asks_for(action) == Some(id))
    }

    /// Takes back what was asked for in this turn; its number stays used up.
    pub(super) fn take_back(&mut self, id: TaskId) {
        self.turn.actions.retain(|action| asks_for(action) != Some(id));
        self.turn.status_at =
            self.turn.actions.iter().position(|action| matches!(action, Action::SetCustomStatus { .. }));
    }

    /// Takes the result of a task, or parks its future.
    pub(super) fn poll_task(&mut self, id: TaskId, cx: &Context<'_>) -> Poll<TaskResult> {
        let task = &mut self.tasks[id as usize];
        match &mut task.progress {
            Progress::Waiting(place) => {
                self.parking.park(place, cx.waker());
                Poll::Pending
            }
            Progress::Done(_) => match std::mem::replace(&mut task.progress, Progress::Over) {
                Progress::Done(result) => Poll::Ready(result),
                Progress::Waiting(_) | Progress::Over => Poll::Pending,
            },
            Progress::Over => panic!("{} is awaited after it was over", task.describe(id)),
        }
    }

    /// The future of a task is gone: its result is ignored, and a timer that has not fired is cancelled.
    pub(super) fn give_up(&mut self, id: TaskId) {
        self.give_up_retries(id);
        let task = &mut self.tasks[id as usize];
        let kind = task.kind;
        let before = std::mem::replace(&mut task.progress, Progress::Over);
        if kind == TaskKind::EntityLock && !matches!(before, Progress::Over) {
            self.end_section(id);
        }
        let Progress::Waiting(mut parked) = before else { return };
        self.parking.unpark(&mut parked);
        if kind == TaskKind::Timer {
            if self.is_of_this_turn(id) {
                self.turn.withdrawn.insert(id);
            } else {
                self.turn.actions.push(Action::CancelTimer { id });
            }
        }
    }

    /// Parks a future that waits for an event, or takes its payload.
    pub(super) fn poll_event(&mut self, id: WaitId, waker: &Waker) -> Option<JsonText> {
        self.inbox.poll(id, waker, &mut self.parking)
    }

    /// A wait for an event is given up; returns whom to wake.
    pub(super) fn give_up_event(&mut self, key: &str, id: WaitId) -> Option<Waker> {
        self.inbox.give_up(key, id, &mut self.parking)
    }

    /// Takes in an event; returns whom to wake.
    pub(super) fn arrive(&mut self, name: &str, input: JsonText) -> Option<Waker> {
        self.inbox.arrive(name, input, &mut self.parking)
    }

    /// An approximation of the memory held, for caches.
    pub(super) fn weight(&self) -> usize {
        let tasks = self.tasks.len() * (size_of::<Task>() + size_of::<Parked>());
        tasks + self.inbox.weight() + self.retries.weight()
    }
}

/// Why a completion fits no task.
#[derive(Debug)]
pub(super) enum NoSuchTask {
    NeverAsked,
    /// The task of that number, described.
    OtherKind(String),
}

/// The task that an action asks for.
fn asks_for(action: &Action) -> Option<TaskId> {
    match action {
        Action::ScheduleTask { id, .. }
        | Action::CreateSubOrchestration { id, .. }
        | Action::CreateTimer { id, .. }
        | Action::CallEntity { id, .. }
        | Action::SignalEntity { id, .. }
        | Action::LockEntities { id, .. } => Some(*id),
        _ => None,
    }
}

/// A failure of the activity, child or entity behind a task, told as the failure of the call.
pub(super) fn call_failure(task: &Task, failure: Failure) -> Failure {
    let mut outer = Failure::new(
        failure.kind.clone(),
        match task.attempts {
            1 => format!("{} `{}` failed: {}", task.kind, task.name, failure.message),
            attempts => {
                format!("{} `{}` failed after {attempts} attempts: {}", task.kind, task.name, failure.message)
            }
        },
    );
    outer.non_retriable = failure.non_retriable;
    outer.caused_by(failure)
}
