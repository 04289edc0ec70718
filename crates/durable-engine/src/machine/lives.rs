//! The lives of this host: it begins with a lease, ends when the lease is lost, and begins anew under another epoch; and
//! the last one ends by handing back what is left.

use std::collections::HashSet;

use durable_core::{
    model::{HostLease, InstanceKey},
    store::News,
};

use super::{
    Effect, Input, Machine, ReplyId,
    slot::{Phase, Slot},
    trials::is_suspect,
};

impl Machine {
    /// Takes over what lives before this one have left.
    pub(super) fn recover(&mut self) {
        if !self.others.shared {
            // Others have their own; those that the dead have left fall overdue.
            self.read_timers();
        }
        self.sweep();
        self.begin_expiry();
    }

    /// Drops everything but what is this process's own: clients that wait, calls that did not begin, keys.
    pub(super) fn lease_lost(&mut self) {
        let mut old = std::mem::replace(self, Self::new(self.options.clone()));
        self.now = old.now;
        self.others.shared = old.others.shared;
        self.others.without_lease = true;
        self.draining = old.draining;
        self.evict = old.evict;
        // They name what workers keep: none must come again.
        self.session_counter = old.session_counter;
        self.keys = old.keys;
        self.keys.stop_waiting();
        self.waiters = old.waiters;
        old.parked.retain(Input::is_a_write);
        self.parked = old.parked;
        old.effects.retain(|effect| matches!(effect, Effect::Reply(..)));
        self.effects = old.effects;
    }

    /// Goes on under a new lease.
    pub(super) fn registered(&mut self, lease: HostLease) {
        self.lease = Some(lease);
        self.others.without_lease = false;
        self.unpark();
        self.recover();
    }

    /// Clients whose answer is still to be expected; the others are not answered by this machine.
    pub fn owes(&self) -> HashSet<ReplyId> {
        let parked = self.parked.iter().flat_map(Input::replies);
        self.waiters.values().flatten().copied().chain(parked).collect()
    }

    /// Begins nothing new. Results that wait for a turn would wait for ever, so they go to their inboxes; and where
    /// there are other hosts, instances are let go: what runs of them here ends in their inboxes too.
    pub(super) fn drain(&mut self) {
        self.draining = true;
        self.give_back_held();
        self.record_results_of(|_| true);
        if self.hands_back() {
            self.note(News::WORK);
            for key in self.keys_where(Slot::can_go) {
                self.let_go(key);
            }
        }
    }

    /// Whether this host stops and leaves its work to others.
    pub(super) fn hands_back(&self) -> bool {
        self.draining && self.others.shared
    }

    /// Makes an instance nobody's, by a turn that does nothing else.
    pub(super) fn let_go(&mut self, key: InstanceKey) {
        let Some(slot) = self.slots.get_mut(&key) else { return };
        // It is all in the store.
        slot.pending.clear();
        slot.stale = false;
        slot.warm = false;
        self.leave_idle(key);
        self.take_turn(key, Vec::new());
    }

    /// Reads what this host owns and has never seen, so that it can be let go.
    pub(super) fn pump_loads_to_let_go(&mut self) {
        if !self.hands_back() {
            return;
        }
        let slots = &mut self.slots;
        self.unloaded.retain(|key| {
            let Some(slot) = slots.get_mut(key) else { return false };
            slot.queued = slot.owned;
            slot.owned
        });
        self.pump_loads();
    }

    /// Lets go of an instance that is this host's, as the store says, whatever is known of it here.
    pub(super) fn let_go_found(&mut self, key: InstanceKey) {
        let slot = self.slots.entry(key).or_insert_with(Slot::cold);
        // What is under way settles later.
        slot.owned = true;
        if slot.can_go() {
            self.let_go(key);
        } else if matches!(slot.phase, Phase::Cold) {
            self.read_again(key);
        }
    }
}

impl Slot {
    /// Whether it can be let go: it is this host's, and no turn of it is under way.
    pub(super) fn can_go(&self) -> bool {
        self.owned
            && matches!(self.phase, Phase::Idle)
            && self.state.is_some()
            && self.birth.is_none()
            // What is counted against it would be lost with a turn that does nothing.
            && !is_suspect(self.suspicion)
    }
}

impl Input {
    /// Whether a client wants something written.
    pub(super) fn is_a_write(&self) -> bool {
        matches!(
            self,
            Self::Start { .. }
                | Self::Send { .. }
                | Self::Call { .. }
                | Self::RemoveEmptyEntities { .. }
                | Self::Purge { .. }
        )
    }

    /// Those who wait for an answer to this.
    fn replies(&self) -> impl Iterator<Item = ReplyId> {
        let (reply, finished) = match self {
            Self::Start { reply, finished, .. } => (Some(*reply), *finished),
            Self::Send { reply, .. }
            | Self::Call { reply, .. }
            | Self::RemoveEmptyEntities { reply, .. }
            | Self::Purge { reply, .. } => (Some(*reply), None),
            _ => (None, None),
        };
        reply.into_iter().chain(finished)
    }
}
