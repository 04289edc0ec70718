//! The rows that a decision changes, as borrowed from the batch.

use std::collections::HashSet;

use fnhost_protocol::{status::RuntimeStatus, time::Timestamp};

use crate::{
    message::Message,
    model::{InstanceKey, InstanceKind, MessageId, NewInstance, TaskRef},
    store::{ClientReply, NewTask, NewTimer, ScheduledMessage, TurnCommit},
};

/// What is to be written, per table and kind of change.
#[derive(Debug, Default)]
pub struct Rows<'b> {
    /// Instances that have had a turn.
    pub turns: Vec<&'b TurnCommit>,
    /// Turns that leave history.
    pub history: Vec<&'b TurnCommit>,
    /// Messages that turns have taken.
    pub consumed: Vec<MessageId>,
    /// Activities that have their result; each must be leased to the writer.
    pub tasks_done: Vec<TaskRef>,
    /// Timers that have fired or were cancelled; one that is gone is no error.
    pub timers_done: Vec<TaskRef>,
    /// Instances that are finished: nothing waits for them any more.
    pub finished: Vec<InstanceKey>,
    /// Turns that begin the next execution.
    pub continued: Vec<&'b TurnCommit>,
    /// Instances that are purged or replaced. Nothing else is written for them, though it may stand here.
    pub removed: HashSet<InstanceKey>,
    /// New instances.
    pub created: Vec<Created<'b>>,
    /// New activities: instance, execution, place in the queue.
    pub tasks: Vec<(InstanceKey, u32, i64, &'b NewTask)>,
    /// New timers: instance, execution.
    pub timers: Vec<(InstanceKey, u32, &'b NewTimer)>,
    /// New messages, in the order of their numbers.
    pub inbox: Vec<(MessageId, InstanceKey, &'b Message)>,
    /// Scheduled messages that wait no more; each must be there.
    pub delivered: Vec<&'b ScheduledMessage>,
    /// New scheduled messages: their time, and the entity with its reserved key.
    pub scheduled: Vec<(Timestamp, &'b NewInstance, &'b Message)>,
    /// Answers to clients that wait on other hosts; one to an epoch that is over need not be kept.
    pub replies: Vec<&'b ClientReply>,
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
    pub fn keeps(&self, key: InstanceKey) -> bool {
        self.removed.is_empty() || !self.removed.contains(&key)
    }
}

/// A new instance, perhaps with its first turn.
#[derive(Debug)]
pub struct Created<'b> {
    /// What to create.
    pub new: &'b NewInstance,
    /// Its first turn.
    pub turn: Option<&'b TurnCommit>,
}

impl Created<'_> {
    /// Where it stands when the batch is written.
    pub fn status(&self) -> RuntimeStatus {
        match (self.turn, self.new.kind) {
            (Some(turn), _) => turn.update.status,
            (None, InstanceKind::Orchestration) => RuntimeStatus::Pending,
            (None, InstanceKind::Entity) => RuntimeStatus::Running,
        }
    }
}
