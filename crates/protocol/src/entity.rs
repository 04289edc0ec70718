//! Operations on one entity, run strictly one after another: what the engine asks a worker, and what it answers.

use serde::{Deserialize, Serialize};

use crate::{
    failure::Failure,
    ids::{EntityId, InstanceId},
    json::JsonText,
    time::Timestamp,
};

/// One operation to run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntityOperation {
    /// Operation name as the caller wrote it.
    pub name: String,
    /// Its input; `null` when the caller gave none.
    pub input: JsonText,
    /// Whether nobody waits for the result.
    pub is_signal: bool,
}

/// Operations that wait at one entity, in their order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntityBatch {
    /// The entity.
    pub entity: EntityId,
    /// The entity function to run (the handler's name).
    pub function: String,
    /// The time of the batch.
    pub now: Timestamp,
    /// State before the batch; `None` when the entity does not exist.
    pub state: Option<JsonText>,
    /// What to run, in order.
    pub operations: Vec<EntityOperation>,
}

/// Something that an entity operation sends out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum EntityAction {
    /// Signal another entity.
    Signal {
        /// The other entity.
        entity: EntityId,
        /// Operation name.
        operation: String,
        /// Operation input.
        input: JsonText,
        /// Not before this time.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<Timestamp>,
    },
    /// Start an orchestration that nobody waits for.
    StartOrchestration {
        /// Orchestrator function.
        name: String,
        /// Its id; generated when absent.
        instance: Option<InstanceId>,
        /// Its input.
        input: JsonText,
    },
}

/// What a worker answers to an [`EntityBatch`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntityOutcome {
    /// State after the batch; `None` when the entity is deleted or was never given a state.
    pub state: Option<JsonText>,
    /// One result per operation, in order. A failed operation has left no trace in `state` and `actions`.
    pub results: Vec<Result<JsonText, Failure>>,
    /// What the successful operations sent out, in order.
    pub actions: Vec<EntityAction>,
}
