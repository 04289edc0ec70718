//! The end of an execution from outside, and of the sub-orchestrations that it waits for when that is asked for.
//!
//! ```text
//! client ──ExecutionTerminated{recursive}──▶ parent's turn ──one commit──▶ parent Terminated,
//!                                                                          Terminate in the inbox of each open child
//!                                                                                │
//!                                            child's turn ◀──────────────────────┘   and so on, down the tree
//! ```
//!
//! Every step is one commit that leaves the next step in the store, so a crash between two of them loses nothing.

use std::collections::BTreeMap;

use fnhost_protocol::{
    history::{EventKind, HistoryEvent, Parent, TaskId},
    ids::InstanceId,
    time::Timestamp,
};

use crate::{
    message::Message,
    model::Instance,
    store::{OutMessage, Target},
};

/// That an execution is to end, and who ends with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Termination {
    /// Why; becomes the output.
    pub reason: String,
    /// The sub-orchestrations that end as well; `None` when the execution ends alone.
    pub children: Option<Vec<OpenChild>>,
}

/// A sub-orchestration that is created and has not answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenChild {
    /// The task under which its parent waits.
    pub task: TaskId,
    /// Its id.
    pub instance: InstanceId,
}

impl Termination {
    pub(super) fn new(reason: &str, recursive: bool) -> Self {
        Self { reason: reason.to_owned(), children: recursive.then(Vec::new) }
    }

    /// What the open children are told. A child checks that it is meant: its id may have been given away since.
    pub(super) fn messages(&self, row: &Instance, at: Timestamp) -> impl Iterator<Item = OutMessage> {
        self.children.iter().flatten().map(move |child| {
            let parent = Parent { instance: row.id.clone(), execution: row.execution(), task: child.task };
            OutMessage {
                target: Target::Existing(child.instance.clone()),
                message: Message::Terminate { at, parent, reason: self.reason.clone() },
            }
        })
    }
}

/// The sub-orchestrations without an answer among the events of an execution, in the order of their creation.
pub fn open_children<'e>(events: impl Iterator<Item = &'e HistoryEvent>) -> Vec<OpenChild> {
    // Task numbers are counted up, so their order is that of creation.
    let mut open: BTreeMap<TaskId, InstanceId> = BTreeMap::new();
    for event in events {
        match &event.kind {
            EventKind::SubOrchestrationCreated { id, instance, .. } => _ = open.insert(*id, instance.clone()),
            EventKind::SubOrchestrationCompleted { id, .. }
            | EventKind::SubOrchestrationFailed { id, .. } => {
                open.remove(id);
            }
            _ => {}
        }
    }
    open.into_iter().map(|(task, instance)| OpenChild { task, instance }).collect()
}
