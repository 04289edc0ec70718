//! Messages that other hosts have sent to instances of this one: found by asking, and taken without reading the whole
//! instance anew, because nobody else changes what this host owns.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use durable_core::{
    message::Message,
    model::{InstanceKey, Loaded, MessageId},
    state::Incoming,
    store::{Delivery, KnownInbox},
};

use super::{
    Effect, Machine,
    slot::{Phase, Slot},
};

/// An instance with more messages than this has enough to do.
const MUCH: usize = 10_000;

impl Machine {
    /// Messages that wait for instances of this host, most of which it has already.
    pub(super) fn unread_found(&mut self, found: Vec<(InstanceKey, MessageId)>) {
        self.others.unread.answered();
        if self.hands_back() {
            let keys: BTreeSet<InstanceKey> = found.into_iter().map(|(key, _)| key).collect();
            for key in keys {
                self.let_go_found(key);
            }
            return;
        }
        let consumed = std::mem::take(&mut self.others.consumed);
        let mut inboxes: BTreeMap<InstanceKey, Vec<MessageId>> = BTreeMap::new();
        for (key, message) in found {
            if !consumed.contains(&message) {
                inboxes.entry(key).or_default().push(message);
            }
        }
        inboxes.retain(|key, inbox| self.slots.get(key).is_none_or(|slot| slot.misses_any(inbox)));
        for key in inboxes.into_keys() {
            match self.slots.get(&key).map(|slot| &slot.phase) {
                // A claim whose answer was lost, say.
                None => self.take_unread(key),
                Some(Phase::Cold | Phase::Loading) => self.read_again(key),
                // Nobody has sent it anything behind this host's back; what it does not know waits until it rests.
                Some(_) if !self.others.shared => self.read_again(key),
                Some(_) => self.read_inbox(key),
            }
        }
    }

    fn read_inbox(&mut self, key: InstanceKey) {
        let Some(slot) = self.slots.get_mut(&key) else { return };
        slot.reading_inbox.want();
        if slot.reading_inbox.begin() {
            slot.consumed.clear();
            self.emit(Effect::ReadInbox(key));
        }
    }

    /// The inbox of an instance; `None` when it could not be read.
    pub(super) fn inbox_read(&mut self, key: InstanceKey, loaded: Option<Loaded>) {
        let Some(slot) = self.slots.get_mut(&key) else { return };
        slot.reading_inbox.answered();
        if let Some(loaded) = loaded {
            match slot.phase {
                // The read that is to come, or under way, may be older than this one.
                Phase::Cold | Phase::Loading => slot.stale = true,
                // A turn that was lost has been written after all, and later than the instance was read.
                Phase::Idle if slot.is_before(loaded.instance.turn) => slot.stale = true,
                _ => slot.add_from_inbox(loaded.inbox),
            }
        }
        if slot.reading_inbox.begin() {
            slot.consumed.clear();
            self.emit(Effect::ReadInbox(key));
        }
        if self.slots.get(&key).is_some_and(|slot| slot.stale && matches!(slot.phase, Phase::Idle)) {
            self.read_again(key);
        } else if !self.rest_if_blocked(key) {
            self.wake(key);
        }
    }
}

impl Machine {
    /// Whether another host may have consumed a message before this one was told that it is there: the instance was read
    /// since that commit was asked for, without it.
    pub(super) fn may_be_consumed(&self, delivery: Delivery) -> bool {
        let answered = self.commits_asked - self.commits_in_flight as u64;
        let Some(slot) = self.slots.get(&delivery.key).filter(|_| self.others.shared) else { return false };
        match slot.phase {
            // What comes in before it is asked for, the read will bring; what comes in before it is answered, it may.
            Phase::Cold | Phase::Loading => false,
            _ => answered <= slot.read_at && !slot.loaded.contains(&delivery.message),
        }
    }
}

impl Slot {
    /// Whether something is pending of an execution that comes after this one: then another host has brought the
    /// instance on.
    pub(super) fn knows_a_later_execution(&self, generation: u32) -> bool {
        self.pending.iter().any(|one| match one {
            Incoming::TaskResult { task, .. } | Incoming::TimerFired { timer: task, .. } => {
                task.generation > generation
            }
            Incoming::Message(..) | Incoming::Fresh(_) | Incoming::HolderGone(_) => false,
        })
    }

    /// Leaves it to a read to bring the messages that are still there.
    pub(super) fn drop_messages(&mut self) {
        self.pending.retain(|one| !matches!(one, Incoming::Message(..)));
    }

    /// Whether a message is pending that is not in the inbox: it came after that was read, or another host has
    /// consumed it.
    pub(super) fn misses_a_message(&self, inbox: &[(MessageId, Message)]) -> bool {
        self.pending.iter().any(|one| match one {
            Incoming::Message(id, _) => !inbox.iter().any(|(other, _)| other == id),
            _ => false,
        })
    }

    /// Whether one of these messages is news.
    fn misses_any(&self, inbox: &[MessageId]) -> bool {
        // It is looked at again when there is less to do.
        if self.pending.len() > MUCH {
            return false;
        }
        let seen = self.seen();
        inbox.iter().any(|message| !seen.contains(message))
    }

    /// Messages that are pending here or under way, and those that a read has brought.
    fn seen(&self) -> HashSet<MessageId> {
        let pending = self.pending.iter().filter_map(|one| match one {
            Incoming::Message(id, _) => Some(*id),
            _ => None,
        });
        pending.chain(self.in_turn.iter().copied()).chain(self.loaded.iter().copied()).collect()
    }

    /// Whether the state in memory is that of an earlier turn.
    fn is_before(&self, turn: u64) -> bool {
        self.state.as_ref().is_some_and(|state| state.instance.turn < turn)
    }

    /// Adds what this host was not told of. What it wrote itself it is told of sooner or later: then it is here already.
    fn add_from_inbox(&mut self, inbox: Vec<(MessageId, Message)>) {
        let seen = self.seen();
        for (id, message) in inbox {
            // Only this host can have written that, and there is a place for it.
            let begins = matches!(message, Message::ContinuedAsNew { .. });
            if !begins && !self.consumed.contains(&id) && !seen.contains(&id) {
                self.loaded.insert(id);
                self.pending.push_back(Incoming::Message(id, message));
            }
        }
    }
}

/// In which order messages are taken, and what a turn knew of those that it did not take.
impl Slot {
    /// Puts pending messages in the order of their inbox: those of others may be found after later ones. The message that
    /// begins an execution stays first; whatever is no message comes after them.
    pub(super) fn put_in_order(&mut self) {
        let place = |one: &Incoming| match one {
            Incoming::Message(id, message) => Some((!matches!(message, Message::ContinuedAsNew { .. }), *id)),
            _ => None,
        };
        if self.pending.iter().filter_map(place).is_sorted() {
            return;
        }
        let (mut messages, rest): (Vec<_>, Vec<_>) =
            self.pending.drain(..).partition(|one| place(one).is_some());
        messages.sort_by_key(place);
        self.pending = messages.into_iter().chain(rest).collect();
    }

    /// Notes which messages are known when a turn begins that takes these.
    pub(super) fn note_known(&mut self, taken: &[Incoming]) {
        let id = |one: &Incoming| match one {
            Incoming::Message(id, _) => Some(*id),
            _ => None,
        };
        self.known = taken.iter().chain(&self.pending).filter_map(id).collect();
    }

    /// What the turn under way knew of its inbox, as far as it matters.
    pub(super) fn known_inbox(&mut self) -> Option<KnownInbox> {
        let known = std::mem::take(&mut self.known);
        let upto = self.in_turn.iter().max().copied()?;
        let count = known.iter().filter(|id| **id <= upto).count();
        Some(KnownInbox { upto, count: u32::try_from(count).unwrap_or(u32::MAX) })
    }
}
