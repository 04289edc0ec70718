//! Which messages an entity takes now, in which order, and what locking and unlocking passes on.

use std::collections::VecDeque;

use fnhost_protocol::{
    entity::EntityOperation,
    history::{EventKind, Parent},
    ids::EntityId,
    time::Timestamp,
};

use crate::{
    lock::{Lock, SectionRef},
    message::{Message, ReplyTo},
    model::{InstanceKey, MessageId},
    state::{Incoming, State, outgoing::entity_under},
    store::{OutMessage, Target},
};

/// Operations that are about to run on an entity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BegunBatch {
    /// The batch's time.
    pub now: Timestamp,
    /// Inbox rows to delete.
    pub consumed: Vec<MessageId>,
    /// What to run, in order.
    pub operations: Vec<EntityOperation>,
    /// Per operation: who waits for its result.
    pub callers: Vec<Caller>,
    /// Whom the entity is locked for after the batch.
    pub lock: Option<Parent>,
    /// What locking and unlocking tells others, in order.
    pub passed_on: Vec<OutMessage>,
}

/// Who waits for the result of an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caller {
    /// Nobody: it is a signal.
    Nobody,
    /// An orchestration.
    Orchestration(Parent),
    /// A client.
    Client(ReplyTo),
}

/// Takes the operations that may run now out of `pending`, at most so many messages. What waits for the end of a
/// critical section stays there, in order; messages that cannot concern an entity are consumed and dropped.
pub fn begin_entity(
    state: &State,
    pending: &mut VecDeque<Incoming>,
    limit: usize,
    clock_now: Timestamp,
) -> BegunBatch {
    let mut batch = BegunBatch {
        now: clock_now.max(state.instance.updated_at),
        consumed: Vec::new(),
        operations: Vec::new(),
        callers: Vec::new(),
        lock: state.holder().cloned(),
        passed_on: Vec::new(),
    };
    let mut passed_over = VecDeque::new();
    while batch.consumed.len() < limit
        && let Some(one) = pending.pop_front()
    {
        let was_locked = batch.lock.is_some();
        match one {
            one if waits(batch.lock.as_ref(), &one) => passed_over.push_back(one),
            Incoming::Message(id, message) => {
                batch.consumed.push(id);
                batch.take(message);
            }
            Incoming::HolderGone(section) => batch.unlock(section),
            Incoming::Fresh(_) | Incoming::TaskResult { .. } | Incoming::TimerFired { .. } => {}
        }
        if was_locked && batch.lock.is_none() {
            // Those who waited come first again.
            passed_over.append(pending);
            *pending = std::mem::take(&mut passed_over);
        }
    }
    passed_over.append(pending);
    *pending = passed_over;
    batch
}

/// Whether something must wait because an entity is locked for somebody else.
pub fn waits(holder: Option<&Parent>, one: &Incoming) -> bool {
    let (Some(holder), Incoming::Message(_, message)) = (holder, one) else { return false };
    let held = SectionRef::of(holder);
    match message {
        Message::Operation { section, .. } => *section != Some(held),
        Message::Unlock { section, .. } => *section != held,
        Message::Lock { .. } => true,
        _ => false,
    }
}

/// Whether something is pending and all of it waits for the end of a critical section.
pub fn is_blocked(state: &State, pending: &VecDeque<Incoming>) -> bool {
    let holder = state.holder();
    holder.is_some() && !pending.is_empty() && pending.iter().all(|one| waits(holder, one))
}

impl State {
    /// Whom an entity is locked for.
    pub fn holder(&self) -> Option<&Parent> {
        self.instance.lock.as_ref().and_then(Lock::holder)
    }
}

impl BegunBatch {
    fn take(&mut self, message: Message) {
        match message {
            Message::Operation { name, input, caller, reply, section: _ } => {
                let caller = match (caller, reply) {
                    (Some(caller), _) => Caller::Orchestration(caller),
                    (None, Some(client)) => Caller::Client(client),
                    (None, None) => Caller::Nobody,
                };
                let is_signal = caller == Caller::Nobody;
                self.operations.push(EntityOperation { name, input, is_signal });
                self.callers.push(caller);
            }
            Message::Lock { owner, rest } => self.lock(owner, rest),
            Message::Unlock { section, rest } => {
                self.unlock(section);
                self.pass_on_unlock(section, rest);
            }
            // Nothing else concerns an entity.
            _ => {}
        }
    }

    /// Passes the request on to the next entity, or tells the orchestration that this was the last.
    fn lock(&mut self, owner: Parent, mut rest: Vec<(InstanceKey, EntityId)>) {
        self.lock = Some(owner.clone());
        let message = if rest.is_empty() {
            let event = EventKind::EntityLockGranted { id: owner.task };
            OutMessage {
                target: Target::Existing(owner.instance),
                message: Message::Event { execution: Some(owner.execution), at: self.now, event },
            }
        } else {
            let (key, next) = rest.remove(0);
            OutMessage {
                target: Target::Entity(entity_under(key, &next)),
                message: Message::Lock { owner, rest },
            }
        };
        self.passed_on.push(message);
    }

    fn unlock(&mut self, section: SectionRef) {
        if self.lock.as_ref().is_some_and(|holder| SectionRef::of(holder) == section) {
            self.lock = None;
        }
    }

    /// Follows the request on its way, so that no entity is locked after it was unlocked.
    fn pass_on_unlock(&mut self, section: SectionRef, mut rest: Vec<EntityId>) {
        if !rest.is_empty() {
            let next = rest.remove(0);
            self.passed_on.push(OutMessage {
                target: Target::Existing(next.instance_id()),
                message: Message::Unlock { section, rest },
            });
        }
    }
}
