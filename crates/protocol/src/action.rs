//! What orchestrator code asks for in one turn: the whole output alphabet of a replay.

use serde::{Deserialize, Serialize};

use crate::{
    failure::Failure,
    history::TaskId,
    ids::{EntityId, InstanceId},
    json::JsonText,
    retry::Retry,
    time::Timestamp,
};

/// One wish of an orchestrator. Task numbers are counted by the code from 0 and appear in history again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Action {
    /// Run an activity.
    ScheduleTask {
        /// Task number.
        id: TaskId,
        /// Activity function.
        name: String,
        /// Its input.
        input: JsonText,
        /// Which attempt this is, when the call has a retry policy.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry: Option<Retry>,
    },
    /// Start a sub-orchestration and wait for it.
    CreateSubOrchestration {
        /// Task number.
        id: TaskId,
        /// Orchestrator function.
        name: String,
        /// The child's id; the engine generates one when absent.
        instance: Option<InstanceId>,
        /// Its input.
        input: JsonText,
        /// Which attempt this is, when the call has a retry policy.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry: Option<Retry>,
    },
    /// Fire at a time.
    CreateTimer {
        /// Task number.
        id: TaskId,
        /// When.
        fire_at: Timestamp,
    },
    /// Forget a timer of this or an earlier turn that has not fired.
    CancelTimer {
        /// Task number of the timer.
        id: TaskId,
    },
    /// Call an entity and wait for the answer.
    CallEntity {
        /// Task number.
        id: TaskId,
        /// The entity.
        entity: EntityId,
        /// Operation name.
        operation: String,
        /// Operation input.
        input: JsonText,
    },
    /// Signal an entity.
    SignalEntity {
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
    /// Begin a critical section: lock all of these entities, then complete the task.
    LockEntities {
        /// Task number.
        id: TaskId,
        /// The entities, in any order.
        entities: Vec<EntityId>,
    },
    /// End a critical section, or give up waiting to enter it.
    UnlockEntities {
        /// Task number of the lock.
        id: TaskId,
    },
    /// Show this to whoever asks for the status.
    SetCustomStatus {
        /// Any JSON, bounded in size.
        status: JsonText,
    },
    /// End with a result. Always the last action.
    Complete {
        /// The result.
        result: JsonText,
    },
    /// End with a failure. Always the last action.
    Fail {
        /// Why.
        failure: Failure,
    },
    /// Begin again with fresh history. Always the last action.
    ContinueAsNew {
        /// Input of the next execution.
        input: JsonText,
        /// Events that had arrived and were not consumed, in order: (name, payload).
        carryover: Vec<(String, JsonText)>,
    },
}
