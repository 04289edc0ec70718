//! What happened to an orchestration, in order. History is append-only; replaying it rebuilds the code's state.
//!
//! One turn appends one run of events:
//!
//! ```text
//! TurnStarted, what arrived (completions, events, …), what the code then asked for (scheduled, created, …)
//! ```
//!
//! The vocabulary is that of Durable Functions (`OrchestratorStarted` is our `TurnStarted`); the names here are
//! also the stored form, so they are never renamed, only added to.

use serde::{Deserialize, Serialize};

use crate::{
    failure::{Failure, is_false},
    ids::{EntityId, InstanceId},
    json::JsonText,
    retry::Retry,
    time::Timestamp,
};

/// Number of a task within one execution, counted from 0 in the order in which the code asks for tasks.
pub type TaskId = u32;

/// The version of the stored form of [`HistoryEvent`] and of messages that this build writes. Every row that holds
/// some says which one it is in.
///
/// It grows when an old build could misunderstand what a new one writes. New names and fields alone are no such change:
/// an old build refuses names that it does not know, and a new one reads rows without the new fields.
pub const FORMAT_VERSION: u8 = 1;

/// A row in a form that this build does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "it has format {found}, and this build knows formats up to {FORMAT_VERSION}: a later build wrote it, start that one"
)]
pub struct UnknownFormat {
    /// Its format.
    pub found: i64,
}

/// Whether this build can read what is stored in this format.
///
/// # Errors
/// What a later build has written is refused by its number, never guessed at.
///
/// ```
/// use fnhost_protocol::history::{FORMAT_VERSION, check_format};
/// assert!((1..=i64::from(FORMAT_VERSION)).all(|old| check_format(old).is_ok()));
/// assert!(check_format(i64::from(FORMAT_VERSION) + 1).is_err());
/// ```
pub fn check_format(found: i64) -> Result<(), UnknownFormat> {
    if (1..=i64::from(FORMAT_VERSION)).contains(&found) { Ok(()) } else { Err(UnknownFormat { found }) }
}

/// One entry of a history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryEvent {
    /// When it happened.
    #[serde(rename = "t")]
    pub at: Timestamp,
    /// What happened.
    #[serde(rename = "e")]
    pub kind: EventKind,
}

impl HistoryEvent {
    /// An event at a time.
    pub fn new(at: Timestamp, kind: EventKind) -> Self {
        Self { at, kind }
    }
}

/// One execution of one instance. An instance's id may be given to another later, its key never: who answers, answers
/// the execution that asked, and not whoever has its id by then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ExecutionRef {
    /// The key under which the store keeps the instance.
    pub key: i64,
    /// Which execution of it: counts continue-as-new.
    pub generation: u32,
}

/// Who started a sub-orchestration and waits for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parent {
    /// The waiting instance.
    pub instance: InstanceId,
    /// Its execution: a parent that has continued as new does not wait any more.
    pub execution: ExecutionRef,
    /// The task under which it waits.
    pub task: TaskId,
}

/// What happened. Grouped as: turn and execution, tasks, children, timers, entities, events, control.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum EventKind {
    /// A turn begins; its time is the orchestration's current time until the next turn.
    TurnStarted,
    /// The execution begins: the first event of a history.
    ExecutionStarted {
        /// The orchestrator function, spelled as its folder.
        name: String,
        /// Its input.
        input: JsonText,
        /// 0 for the first execution, one more after each continue-as-new.
        generation: u32,
        /// Who waits for the result, if anybody.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        parent: Option<Parent>,
    },
    /// The execution ended with a result.
    ExecutionCompleted {
        /// The orchestrator's return value.
        result: JsonText,
    },
    /// The execution ended with a failure.
    ExecutionFailed {
        /// Why.
        failure: Failure,
    },
    /// The code asked to begin again with fresh history; the last event of this execution.
    ContinuedAsNew {
        /// Input of the next execution.
        input: JsonText,
    },

    /// The code asked for an activity.
    TaskScheduled {
        /// Task number.
        id: TaskId,
        /// Activity function.
        name: String,
        /// Its input.
        input: JsonText,
        /// Which attempt this is, and the policy that holds for the call: replays follow this one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry: Option<Retry>,
    },
    /// An activity returned.
    TaskCompleted {
        /// Which task.
        id: TaskId,
        /// Its result.
        result: JsonText,
    },
    /// An activity failed.
    TaskFailed {
        /// Which task.
        id: TaskId,
        /// Why.
        failure: Failure,
    },

    /// The code asked for a sub-orchestration.
    SubOrchestrationCreated {
        /// Task number.
        id: TaskId,
        /// Orchestrator function.
        name: String,
        /// The child's id.
        instance: InstanceId,
        /// Its input.
        input: JsonText,
        /// Which attempt this is, and the policy that holds for the call: replays follow this one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry: Option<Retry>,
    },
    /// A sub-orchestration returned.
    SubOrchestrationCompleted {
        /// Which task.
        id: TaskId,
        /// Its result.
        result: JsonText,
    },
    /// A sub-orchestration failed or was terminated.
    SubOrchestrationFailed {
        /// Which task.
        id: TaskId,
        /// Why.
        failure: Failure,
    },

    /// The code asked for a timer.
    TimerCreated {
        /// Task number.
        id: TaskId,
        /// When it fires.
        fire_at: Timestamp,
    },
    /// A timer fired.
    TimerFired {
        /// Which task.
        id: TaskId,
    },
    /// The code gave up a timer that had not fired.
    TimerCancelled {
        /// Which task.
        id: TaskId,
    },

    /// The code called an entity and waits for the answer.
    EntityOperationCalled {
        /// Task number.
        id: TaskId,
        /// The entity.
        entity: EntityId,
        /// Operation name.
        operation: String,
        /// Operation input.
        input: JsonText,
    },
    /// The code signalled an entity and goes on.
    EntityOperationSignaled {
        /// Task number.
        id: TaskId,
        /// The entity.
        entity: EntityId,
        /// Operation name.
        operation: String,
        /// Operation input.
        input: JsonText,
        /// Not before this time.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<Timestamp>,
    },
    /// A called entity answered.
    EntityOperationCompleted {
        /// Which task.
        id: TaskId,
        /// The answer.
        result: JsonText,
    },
    /// A called entity's operation failed.
    EntityOperationFailed {
        /// Which task.
        id: TaskId,
        /// Why.
        failure: Failure,
    },

    /// The code asked for a critical section.
    EntityLockRequested {
        /// Task number.
        id: TaskId,
        /// The entities to lock, in the order in which they are locked.
        entities: Vec<EntityId>,
    },
    /// All entities of the critical section are locked: it begins.
    EntityLockGranted {
        /// Which task.
        id: TaskId,
    },
    /// The code ended its critical section, or gave up waiting for it.
    EntityUnlockSent {
        /// Which task.
        id: TaskId,
    },

    /// An external event arrived. Names are compared without case.
    EventRaised {
        /// Event name as the sender wrote it.
        name: String,
        /// Payload.
        input: JsonText,
    },

    /// The instance is to pause: what arrives is recorded, the code does not run.
    ExecutionSuspended {
        /// Why, as given.
        reason: String,
        /// Why the engine itself has paused it: the code cannot follow this history.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        failure: Option<Failure>,
    },
    /// The pause ends.
    ExecutionResumed {
        /// Why, as given.
        reason: String,
    },
    /// The instance was ended from outside.
    ExecutionTerminated {
        /// Why, as given; becomes the output.
        reason: String,
        /// Whether the sub-orchestrations that it waits for end as well, down the tree.
        #[serde(default, skip_serializing_if = "is_false")]
        recursive: bool,
    },
}

impl EventKind {
    /// The name that Durable Functions gives to such events.
    pub fn name(&self) -> &'static str {
        match self {
            Self::TurnStarted => "OrchestratorStarted",
            Self::ExecutionStarted { .. } => "ExecutionStarted",
            // There, an execution that failed is one that completed with another status.
            Self::ExecutionCompleted { .. } | Self::ExecutionFailed { .. } => "ExecutionCompleted",
            Self::ContinuedAsNew { .. } => "ContinueAsNew",
            Self::TaskScheduled { .. } => "TaskScheduled",
            Self::TaskCompleted { .. } => "TaskCompleted",
            Self::TaskFailed { .. } => "TaskFailed",
            Self::SubOrchestrationCreated { .. } => "SubOrchestrationInstanceCreated",
            Self::SubOrchestrationCompleted { .. } => "SubOrchestrationInstanceCompleted",
            Self::SubOrchestrationFailed { .. } => "SubOrchestrationInstanceFailed",
            Self::TimerCreated { .. } => "TimerCreated",
            Self::TimerFired { .. } => "TimerFired",
            Self::TimerCancelled { .. } => "TimerCanceled",
            Self::EntityOperationCalled { .. } => "EntityOperationCalled",
            Self::EntityOperationSignaled { .. } => "EntityOperationSignaled",
            Self::EntityOperationCompleted { .. } => "EntityOperationCompleted",
            Self::EntityOperationFailed { .. } => "EntityOperationFailed",
            Self::EntityLockRequested { .. } => "EntityLockRequested",
            Self::EntityLockGranted { .. } => "EntityLockGranted",
            Self::EntityUnlockSent { .. } => "EntityUnlockSent",
            Self::EventRaised { .. } => "EventRaised",
            Self::ExecutionSuspended { .. } => "ExecutionSuspended",
            Self::ExecutionResumed { .. } => "ExecutionResumed",
            Self::ExecutionTerminated { .. } => "ExecutionTerminated",
        }
    }

    /// The task that this event scheduled, if it is a scheduling event.
    pub fn scheduled_task(&self) -> Option<TaskId> {
        match self {
            Self::TaskScheduled { id, .. }
            | Self::SubOrchestrationCreated { id, .. }
            | Self::TimerCreated { id, .. }
            | Self::EntityOperationCalled { id, .. }
            | Self::EntityOperationSignaled { id, .. }
            | Self::EntityLockRequested { id, .. } => Some(*id),
            _ => None,
        }
    }

    /// The task that this event completes, if it is a completion.
    pub fn completed_task(&self) -> Option<TaskId> {
        match self {
            Self::TaskCompleted { id, .. }
            | Self::TaskFailed { id, .. }
            | Self::SubOrchestrationCompleted { id, .. }
            | Self::SubOrchestrationFailed { id, .. }
            | Self::TimerFired { id }
            | Self::EntityOperationCompleted { id, .. }
            | Self::EntityOperationFailed { id, .. }
            | Self::EntityLockGranted { id } => Some(*id),
            _ => None,
        }
    }
}
