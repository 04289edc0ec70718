//! What waits in an instance's inbox: its stored form is JSON, versioned like history.

use serde::{Deserialize, Serialize};

use fnhost_protocol::{
    history::{EventKind, ExecutionRef, Parent},
    json::JsonText,
    time::Timestamp,
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
    /// To an entity: run an operation.
    Operation {
        /// Operation name.
        name: String,
        /// Its input.
        input: JsonText,
        /// The orchestration that waits for the answer; `None` for a signal.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        caller: Option<Parent>,
    },
}
