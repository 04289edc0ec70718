//! Holding code against history: does it still ask for what it asked for before?
//!
//! Compared are, in order, what each replayed turn asked for: kind, number and name (without case), entity and
//! operation, and the way in which it ended. Inputs and times of timers are not: settings may change between runs,
//! and what history records is what happened. The custom status leaves no history.

use std::fmt;

use fnhost_protocol::{
    action::Action,
    failure::{Failure, kind},
    history::{EventKind, HistoryEvent, TaskId},
};

use super::{entity_locks::listed, shared::NoSuchTask, tasks::TaskKind};

/// Whether this event records something that the code asked for.
pub(super) fn is_record(event: &EventKind) -> bool {
    event.scheduled_task().is_some()
        || matches!(
            event,
            EventKind::TimerCancelled { .. }
                | EventKind::EntityUnlockSent { .. }
                | EventKind::ExecutionCompleted { .. }
                | EventKind::ExecutionFailed { .. }
                | EventKind::ContinuedAsNew { .. }
        )
}

/// Whether an action leaves an event in history.
pub(super) fn is_recorded(action: &Action) -> bool {
    !matches!(action, Action::SetCustomStatus { .. })
}

/// Compares what a replayed turn asked for with what history records of it. `before` is how many events came before
/// the turn.
pub(super) fn check(turn: &[HistoryEvent], before: u64, actions: &[Action]) -> Result<(), Divergence> {
    let mut asked = actions.iter().filter(|action| is_recorded(action));
    let numbered = turn.iter().zip(before + 1..).map(|(event, number)| (number, &event.kind));
    for (number, event) in numbered.filter(|(_, event)| is_record(event)) {
        let place = Place::at(number, event);
        match asked.next() {
            Some(action) if is_same(event, action) => {}
            Some(action) => {
                return Err(Divergence::new(
                    place,
                    format_args!("the code asked for {}", Record(event)),
                    format_args!("the code asks for {}", Wish(action)),
                )
                .caused_by(action));
            }
            None => {
                return Err(Divergence::new(
                    place,
                    format_args!("the code asked for {}", Record(event)),
                    format_args!("the code asks for nothing (more) at this point"),
                ));
            }
        }
    }
    match asked.next() {
        None => Ok(()),
        Some(action) => Err(Divergence::new(
            Place::after(before + turn.len() as u64, turn.last().map(|event| &event.kind)),
            format_args!("the code asked for nothing (more) at this point"),
            format_args!("the code asks for {}", Wish(action)),
        )
        .caused_by(action)),
    }
}

fn is_same(event: &EventKind, action: &Action) -> bool {
    use {Action as A, EventKind as E};
    match (event, action) {
        (E::TaskScheduled { id, name, .. }, A::ScheduleTask { id: asked, name: wanted, .. }) => {
            id == asked && same_name(name, wanted)
        }
        (
            E::SubOrchestrationCreated { id, name, instance, .. },
            A::CreateSubOrchestration { id: asked, name: wanted, instance: chosen, .. },
        ) => {
            id == asked && same_name(name, wanted) && chosen.as_ref().is_none_or(|chosen| chosen == instance)
        }
        (E::TimerCreated { id, .. }, A::CreateTimer { id: asked, .. })
        | (E::TimerCancelled { id }, A::CancelTimer { id: asked }) => id == asked,
        (
            E::EntityOperationCalled { id, entity, operation, .. },
            A::CallEntity { id: asked, entity: wanted, operation: name, .. },
        )
        | (
            E::EntityOperationSignaled { id, entity, operation, .. },
            A::SignalEntity { id: asked, entity: wanted, operation: name, .. },
        ) => id == asked && entity == wanted && same_name(operation, name),
        (E::EntityLockRequested { id, entities }, A::LockEntities { id: asked, entities: wanted }) => {
            id == asked && entities == wanted
        }
        (E::EntityUnlockSent { id }, A::UnlockEntities { id: asked }) => id == asked,
        (E::ExecutionCompleted { .. }, A::Complete { .. })
        | (E::ExecutionFailed { .. }, A::Fail { .. })
        | (E::ContinuedAsNew { .. }, A::ContinueAsNew { .. }) => true,
        _ => false,
    }
}

fn same_name(one: &str, other: &str) -> bool {
    one == other || one.to_lowercase() == other.to_lowercase()
}

/// The completion that an event is, if it is one: of which task, and of which kind.
pub(super) fn completion(event: &EventKind) -> Option<(TaskId, TaskKind)> {
    let kind = match event {
        EventKind::TaskCompleted { .. } | EventKind::TaskFailed { .. } => TaskKind::Activity,
        EventKind::SubOrchestrationCompleted { .. } | EventKind::SubOrchestrationFailed { .. } => {
            TaskKind::SubOrchestration
        }
        EventKind::TimerFired { .. } => TaskKind::Timer,
        EventKind::EntityOperationCompleted { .. } | EventKind::EntityOperationFailed { .. } => {
            TaskKind::EntityCall
        }
        EventKind::EntityLockGranted { .. } => TaskKind::EntityLock,
        _ => return None,
    };
    event.completed_task().map(|id| (id, kind))
}

/// Where in a history: events are counted from 1.
#[derive(Debug)]
pub(super) struct Place(String);

impl Place {
    pub(super) fn at(number: u64, event: &EventKind) -> Self {
        Self(format!("at event {number} ({})", event.name()))
    }

    fn after(number: u64, event: Option<&EventKind>) -> Self {
        Self(format!("after event {number} ({})", event.map_or("none", EventKind::name)))
    }
}

/// Where code and history part: what each says.
#[derive(Debug)]
pub(super) struct Divergence {
    place: Place,
    history: String,
    code: String,
    cause: Option<Box<Failure>>,
}

impl Divergence {
    pub(super) fn new(place: Place, history: impl fmt::Display, code: impl fmt::Display) -> Self {
        Self { place, history: history.to_string(), code: code.to_string(), cause: None }
    }

    /// A completion that fits no task.
    pub(super) fn completion(place: Place, id: TaskId, kind: TaskKind, reason: &NoSuchTask) -> Self {
        let history = format!("{kind} task {id} is over");
        match reason {
            NoSuchTask::NeverAsked => {
                Self::new(place, history, format_args!("the code asked for no task {id}"))
            }
            NoSuchTask::OtherKind(task) => {
                Self::new(place, history, format_args!("the code asked for {task}"))
            }
        }
    }

    /// Code that fails where history goes on diverges because of that failure.
    fn caused_by(mut self, action: &Action) -> Self {
        if let Action::Fail { failure } = action {
            self.cause = Some(Box::new(failure.clone()));
        }
        self
    }

    pub(super) fn into_failure(self, orchestration: &str, turn: u64) -> Failure {
        let Self { place: Place(place), history, code, cause } = self;
        let mut failure = Failure::new(
            kind::NON_DETERMINISTIC,
            format!(
                "orchestration `{orchestration}` does not follow its history in turn {turn}, {place}: history says \
                 that {history}, but {code}. Orchestrator code must do the same in each run: take time, GUIDs and all that varies from \
                 the context or from activities, and let running instances end before their code changes. The instance is \
                 suspended and nothing of it is lost: put code into service that follows this history, and resume it"
            ),
        )
        .not_retriable();
        failure.cause = cause;
        failure
    }
}

/// What history records, in words.
struct Record<'a>(&'a EventKind);

impl fmt::Display for Record<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            EventKind::TaskScheduled { id, name, .. } => write!(f, "activity `{name}` (task {id})"),
            EventKind::SubOrchestrationCreated { id, name, instance, .. } => {
                write!(f, "sub-orchestration `{name}` (task {id}, instance `{instance}`)")
            }
            EventKind::TimerCreated { id, .. } => write!(f, "a timer (task {id})"),
            EventKind::TimerCancelled { id } => write!(f, "the end of its timer (task {id})"),
            EventKind::EntityOperationCalled { id, entity, operation, .. } => {
                write!(f, "a call of `{operation}` of entity {entity} (task {id})")
            }
            EventKind::EntityOperationSignaled { id, entity, operation, .. } => {
                write!(f, "a signal `{operation}` to entity {entity} (task {id})")
            }
            EventKind::EntityLockRequested { id, entities } => {
                write!(f, "locks of {} (task {id})", listed(entities))
            }
            EventKind::EntityUnlockSent { id } => write!(f, "the end of its critical section (task {id})"),
            EventKind::ExecutionCompleted { .. } => f.write_str("its end with a result"),
            EventKind::ExecutionFailed { failure } => write!(f, "its end with a failure ({failure})"),
            EventKind::ContinuedAsNew { .. } => f.write_str("a new beginning (continue_as_new)"),
            other => write!(f, "{other:?}"),
        }
    }
}

/// What the code asks for, in the same words.
struct Wish<'a>(&'a Action);

impl fmt::Display for Wish<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Action::ScheduleTask { id, name, .. } => write!(f, "activity `{name}` (task {id})"),
            Action::CreateSubOrchestration { id, name, instance: Some(instance), .. } => {
                write!(f, "sub-orchestration `{name}` (task {id}, instance `{instance}`)")
            }
            Action::CreateSubOrchestration { id, name, .. } => {
                write!(f, "sub-orchestration `{name}` (task {id})")
            }
            Action::CreateTimer { id, .. } => write!(f, "a timer (task {id})"),
            Action::CancelTimer { id } => write!(f, "the end of its timer (task {id})"),
            Action::CallEntity { id, entity, operation, .. } => {
                write!(f, "a call of `{operation}` of entity {entity} (task {id})")
            }
            Action::SignalEntity { id, entity, operation, .. } => {
                write!(f, "a signal `{operation}` to entity {entity} (task {id})")
            }
            Action::LockEntities { id, entities } => write!(f, "locks of {} (task {id})", listed(entities)),
            Action::UnlockEntities { id } => write!(f, "the end of its critical section (task {id})"),
            Action::SetCustomStatus { .. } => f.write_str("a custom status"),
            Action::Complete { .. } => f.write_str("its end with a result"),
            Action::Fail { failure } => write!(f, "its end with a failure ({failure})"),
            Action::ContinueAsNew { .. } => f.write_str("a new beginning (continue_as_new)"),
        }
    }
}
