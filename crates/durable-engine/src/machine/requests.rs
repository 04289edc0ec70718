//! What clients ask for: start, send, purge, wait.

use fnhost_protocol::{
    client::Due,
    ids::{EntityId, InstanceId},
};

use durable_core::{
    message::Message,
    model::{InstanceKind, NewInstance},
    state::{Incoming, State},
    store::{Commit, InstanceVersion, PurgeCommit, SendCommit, StartCommit, Target},
};

use super::{
    Effect, Machine, Recipient, Reply, ReplyId, StartInput, Ticket,
    slot::{Birth, Slot},
};

impl Machine {
    /// A start runs its first turn at once, so that both share one commit; when the host is full, or suspects are on
    /// trial, the instance is created alone and waits.
    pub(super) fn start(&mut self, start: StartInput, reply: ReplyId, finished: Option<ReplyId>) {
        if let Some(waiter) = finished {
            self.future_waiters.insert(reply, waiter);
        }
        let instance = NewInstance {
            key: self.take_key(),
            id: start.id,
            kind: InstanceKind::Orchestration,
            name: start.name,
            input: Some(start.input.clone()),
            parent: None,
        };
        let message = Message::Start { input: start.input, parent: None };
        if self.running_turns >= self.options.max_turns || self.draining || !self.may_begin() {
            let commit = StartCommit { instance, replace: self.options.replace_live, message };
            self.emit(Effect::Commit(Ticket::Client(reply), Commit::Start(commit)));
            return;
        }
        let key = instance.key;
        self.session_counter += 1;
        let mut slot = Slot::with_state(State::created(&instance, self.now), self.session_counter);
        slot.pending.push_back(Incoming::Fresh(message));
        slot.birth = Some(Birth { instance, reply });
        slot.shows = false;
        self.slots.insert(key, slot);
        self.begin(key);
    }

    pub(super) fn send(&mut self, recipient: Recipient, message: Message, reply: ReplyId) {
        let message = match message {
            Message::Event { execution, event, .. } => Message::Event { execution, at: self.now, event },
            other => other,
        };
        let target = match recipient {
            Recipient::Orchestration(id) => Target::Existing(id),
            Recipient::Entity(entity) => Target::Entity(self.new_entity(&entity)),
            Recipient::EntityLater(entity, due) => {
                let due = match due {
                    Due::At(time) => time,
                    Due::In(pause) => self.now.saturating_add(pause),
                };
                let entity = self.new_entity(&entity);
                if due > self.now { Target::Scheduled { entity, due } } else { Target::Entity(entity) }
            }
        };
        self.emit(Effect::Commit(Ticket::Client(reply), Commit::Send(SendCommit { target, message })));
    }

    pub(super) fn purge(&mut self, id: InstanceId, only: Option<InstanceVersion>, reply: ReplyId) {
        self.emit(Effect::Commit(Ticket::Client(reply), Commit::Purge(PurgeCommit { id, only })));
    }

    pub(super) fn stop_waiting(&mut self, id: &InstanceId, reply: ReplyId) {
        if let Some(waiting) = self.waiters.get_mut(id) {
            waiting.retain(|one| *one != reply);
            if waiting.is_empty() {
                self.waiters.remove(id);
            }
        }
        self.future_waiters.retain(|_, waiter| *waiter != reply);
        self.calls.remove(&reply);
    }

    /// Answers a start. Who waits for the end of what was started waits from now on: whoever had the id before does
    /// not concern them.
    pub(super) fn answer_start(&mut self, reply: ReplyId, id: &InstanceId, answer: Reply) {
        if let Some(waiter) = self.future_waiters.remove(&reply)
            && answer == Reply::Done
        {
            self.waiters.entry(id.clone()).or_default().push(waiter);
        }
        self.emit(Effect::Reply(reply, answer));
    }

    pub(super) fn new_entity(&mut self, entity: &EntityId) -> NewInstance {
        NewInstance {
            key: self.take_key(),
            id: entity.instance_id(),
            kind: InstanceKind::Entity,
            name: entity.name().to_owned(),
            input: None,
            parent: None,
        }
    }
}
