//! What instances keep of locks: an orchestration its critical section, an entity whom it is locked for.
//!
//! ```text
//! orchestration ── Lock ──▶ first entity ── Lock ──▶ … ── Lock ──▶ last entity ── granted ──▶ orchestration
//! ```
//!
//! A request goes from entity to entity in the order of their ids, the same for everybody, so that no two can wait
//! for each other; only messages cross, because each entity may be run by another host.

use fnhost_protocol::{
    history::{ExecutionRef, Parent, TaskId},
    ids::EntityId,
};
use serde::{Deserialize, Serialize};

/// What the row of an instance says of locks.
///
/// Names are part of the stored form: never renamed, only added to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Lock {
    /// Of an orchestration: the critical section that it is in, or waits to enter.
    Section(CriticalSection),
    /// Of an entity: the orchestration that it is locked for.
    HeldBy(Parent),
}

impl Lock {
    /// The critical section, of an orchestration that has one.
    pub fn section(&self) -> Option<&CriticalSection> {
        match self {
            Self::Section(section) => Some(section),
            Self::HeldBy(_) => None,
        }
    }

    /// Whom it is locked for, of an entity that is.
    pub fn holder(&self) -> Option<&Parent> {
        match self {
            Self::HeldBy(holder) => Some(holder),
            Self::Section(_) => None,
        }
    }
}

/// The critical section of an orchestration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CriticalSection {
    /// Number of the task that asked for the locks.
    pub task: TaskId,
    /// The entities, in the order in which they are locked.
    pub entities: Vec<EntityId>,
    /// Whether all of them are locked. Until then the request is on its way from one to the next.
    pub granted: bool,
}

/// Which critical section of which execution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SectionRef {
    /// The execution of the orchestration.
    pub execution: ExecutionRef,
    /// The task that asked for the locks.
    pub task: TaskId,
}

impl SectionRef {
    /// The section of whoever holds a lock.
    pub fn of(holder: &Parent) -> Self {
        Self { execution: holder.execution, task: holder.task }
    }
}
