//! What the stores keep of an instance, besides payloads.

use std::fmt;

use serde::{Deserialize, Serialize};

use fnhost_protocol::{
    history::{ExecutionRef, Parent, TaskId},
    ids::InstanceId,
    json::JsonText,
    status::RuntimeStatus,
    time::Timestamp,
};

use crate::{lock::Lock, message::Message, suspicion::Suspicion};

/// Ordered integer under which the store keeps an instance and its children.
///
/// Reserved in blocks by the engine, so that it knows the key of what it creates before it is written; random
/// keys would scatter the children over the whole index and cost a factor of four.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct InstanceKey(pub i64);

/// A message's place in its inbox: assigned by the store inside the commit, in the order of commits of any one
/// sender. Messages are consumed by id, never by "greater than the last one".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MessageId(pub i64);

/// A host as the store knows it: number and epoch. A new epoch makes everything of an earlier one void.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct HostLease {
    /// Which host.
    pub host: i64,
    /// Which life of that host.
    pub epoch: i64,
}

impl fmt::Display for HostLease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "host {} epoch {}", self.host, self.epoch)
    }
}

/// What an instance is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum InstanceKind {
    /// Runs orchestrator code over history.
    Orchestration,
    /// Holds a state and runs operations.
    Entity,
}

/// One instance without its payloads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instance {
    /// Its key in the store.
    pub key: InstanceKey,
    /// Its id.
    pub id: InstanceId,
    /// What it is.
    pub kind: InstanceKind,
    /// The function that it runs, as registered when it was created.
    pub name: String,
    /// Where it stands. An entity is always `Running`.
    pub status: RuntimeStatus,
    /// Which execution: counts continue-as-new.
    pub generation: u32,
    /// Turns committed so far, over all executions: the third part of the fence.
    pub turn: u64,
    /// History events of the current execution.
    pub events: u64,
    /// Actions of the current execution.
    pub actions: u64,
    /// Who waits for the result.
    pub parent: Option<Parent>,
    /// When it was created; stays over continue-as-new.
    pub created_at: Timestamp,
    /// Time of its last turn: the next turn's time is not earlier.
    pub updated_at: Timestamp,
    /// What it has locked, or whom it is locked for.
    pub lock: Option<Lock>,
}

impl Instance {
    /// Its current execution.
    pub fn execution(&self) -> ExecutionRef {
        ExecutionRef { key: self.key.0, generation: self.generation }
    }
}

/// An instance to be created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewInstance {
    /// Reserved key.
    pub key: InstanceKey,
    /// Its id.
    pub id: InstanceId,
    /// What it is.
    pub kind: InstanceKind,
    /// The function that it runs.
    pub name: String,
    /// Input, shown in its status; an entity has none.
    pub input: Option<JsonText>,
    /// Who waits for the result.
    pub parent: Option<Parent>,
}

/// One activity call within its instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TaskRef {
    /// The orchestration.
    pub instance: InstanceKey,
    /// Its execution.
    pub generation: u32,
    /// Its task number.
    pub task: TaskId,
}

/// An activity call that this host has leased and is to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeasedTask {
    /// Which call.
    pub task: TaskRef,
    /// Id of the orchestration.
    pub instance_id: InstanceId,
    /// The activity function.
    pub name: String,
    /// Its input.
    pub input: JsonText,
    /// How often it was leased, this time included: a run that kills the process counts. Not the attempts of a retry
    /// policy, each of which is a call of its own.
    pub attempt: u32,
    /// Which attempt of the calling code's retry policy this call is, counted from 1; 1 without a policy.
    pub policy_attempt: u32,
    /// What is counted against it.
    pub suspicion: Suspicion,
}

/// A timer that waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TimerRow {
    /// When it fires.
    pub fire_at: Timestamp,
    /// Which timer of which execution: timers are tasks.
    pub timer: TaskRef,
}

/// Everything that the engine needs to take an instance into memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loaded {
    /// The instance.
    pub instance: Instance,
    /// State of an entity.
    pub entity_state: Option<JsonText>,
    /// What waits in its inbox, in order.
    pub inbox: Vec<(MessageId, Message)>,
    /// Timers of its current execution that wait, in no particular order.
    pub timers: Vec<TimerRow>,
    /// What is counted against its next turn. An instance with a timer that was due when a host died without a trial
    /// counts as having been in flight there, if it was not counted for that death already; the last
    /// [`COUNTED_DEATHS`](crate::suspicion::COUNTED_DEATHS) deaths are known.
    pub suspicion: Suspicion,
}
