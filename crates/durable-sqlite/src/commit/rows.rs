//! The rows that a decision changes, as borrowed from the batch.

use std::collections::HashSet;

use durable_core::{
    message::Message,
    model::{InstanceKey, InstanceKind, MessageId, NewInstance, TaskRef},
    store::{NewTask, NewTimer, TurnCommit},
};
use fnhost_protocol::status::RuntimeStatus;

/// What is to be written, per table and kind of change.
#[derive(Debug, Default)]
pub(super) struct Rows<'b> {
    /// Instances that have had a turn.
    pub(super) turns: Vec<&'b TurnCommit>,
    /// Turns that leave history.
    pub(super) history: Vec<&'b TurnCommit>,
    pub(super) consumed: Vec<MessageId>,
    pub(super) tasks_done: Vec<TaskRef>,
    pub(super) timers_done: Vec<TaskRef>,
    /// Instances that are finished: nothing waits for them any more.
    pub(super) finished: Vec<InstanceKey>,
    /// Turns that begin the next execution.
    pub(super) continued: Vec<&'b TurnCommit>,
    /// Instances that are purged or replaced. Nothing else is written for them, though it may stand here.
    pub(super) removed: HashSet<InstanceKey>,
    pub(super) created: Vec<Created<'b>>,
    /// New activities: instance, execution, place in the queue.
    pub(super) tasks: Vec<(InstanceKey, u32, i64, &'b NewTask)>,
    /// New timers: instance, execution.
    pub(super) timers: Vec<(InstanceKey, u32, &'b NewTimer)>,
    pub(super) inbox: Vec<(MessageId, InstanceKey, &'b Message)>,
}

impl Rows<'_> {
    /// Puts rows into the order of their tables, so that neighbours are written one after the other.
    pub(super) fn sort(&mut self) {
        self.turns.sort_unstable_by_key(|turn| turn.key);
        self.history.sort_unstable_by_key(|turn| turn.key);
        self.tasks_done.sort_unstable();
        self.created.sort_unstable_by_key(|created| created.new.key);
        self.tasks.sort_unstable_by_key(|(key, generation, _, task)| (*key, *generation, task.task));
    }

    /// Whether an instance is still there after the batch.
    pub(super) fn keeps(&self, key: InstanceKey) -> bool {
        self.removed.is_empty() || !self.removed.contains(&key)
    }
}

/// A new instance, perhaps with its first turn.
#[derive(Debug)]
pub(super) struct Created<'b> {
    pub(super) new: &'b NewInstance,
    pub(super) turn: Option<&'b TurnCommit>,
}

impl Created<'_> {
    /// Where it stands when the batch is written.
    pub(super) fn status(&self) -> RuntimeStatus {
        match (self.turn, self.new.kind) {
            (Some(turn), _) => turn.update.status,
            (None, InstanceKind::Orchestration) => RuntimeStatus::Pending,
            (None, InstanceKind::Entity) => RuntimeStatus::Running,
        }
    }
}
