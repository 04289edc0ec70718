//! What waits in an instance's inbox: its stored form is JSON, versioned like history.

use serde::{Deserialize, Serialize};

use fnhost_protocol::{
    history::{EventKind, ExecutionRef, Parent},
    ids::EntityId,
    json::JsonText,
    time::Timestamp,
};

use crate::{
    lock::SectionRef,
    model::{HostLease, InstanceKey},
};

/// A message to an instance, stored until a turn consumes it.
///
/// Names are part of the stored form: never renamed, only added to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Message {
    /// To a new orchestration: begin.
    Start {
        /// Its input.
        input: JsonText,
        /// Who waits for it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        parent: Option<Parent>,
    },
    /// To an orchestration that continued as new: begin the next execution. Comes before all other messages.
    ContinuedAsNew {
        /// The execution that begins.
        generation: u32,
        /// Its input.
        input: JsonText,
        /// Events of the execution before that its code had not consumed, in order: (name, payload).
        carryover: Vec<(String, JsonText)>,
    },
    /// To an orchestration: something happened.
    Event {
        /// The execution that it is meant for; messages of clients are for whichever is current.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        execution: Option<ExecutionRef>,
        /// When it happened.
        at: Timestamp,
        /// What happened.
        event: EventKind,
    },
    /// To a sub-orchestration: the execution that waits for it was terminated with everything below it.
    Terminate {
        /// When.
        at: Timestamp,
        /// Who waited for it; whoever has another parent is not meant.
        parent: Parent,
        /// Why; becomes the output.
        reason: String,
    },
    /// To an entity: run an operation.
    Operation {
        /// Operation name.
        name: String,
        /// Its input.
        input: JsonText,
        /// The orchestration that waits for the answer; `None` for a signal.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        caller: Option<Parent>,
        /// The client that waits for the answer.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reply: Option<ReplyTo>,
        /// The critical section of the sender that the entity belongs to: the operation runs while it lasts.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        section: Option<SectionRef>,
    },
    /// To an entity: belong to a critical section from now on, and pass this on to the next.
    Lock {
        /// The orchestration that asks, under the task of its request.
        owner: Parent,
        /// The entities to lock after this one, each with the key under which it is created when it does not exist.
        rest: Vec<(InstanceKey, EntityId)>,
    },
    /// To an entity: the critical section is over.
    Unlock {
        /// Which one.
        section: SectionRef,
        /// Entities that the request may have reached through this one. Going the same way, this cannot overtake it.
        rest: Vec<EntityId>,
    },
}

impl Message {
    /// An operation that nobody waits for.
    pub fn signal(name: impl Into<String>, input: JsonText) -> Self {
        Self::Operation { name: name.into(), input, caller: None, reply: None, section: None }
    }
}

/// A client that waits on some host for the answer of an entity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ReplyTo {
    /// Where it waits. When that epoch is over, nobody waits any more.
    pub host: HostLease,
    /// Which call of that host.
    pub call: u64,
}
