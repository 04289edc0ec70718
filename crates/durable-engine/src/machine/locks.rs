//! Entities of which everything that is pending waits for the end of somebody's critical section.
//!
//! Such an entity rests, like one for which nothing is pending, but it is not let go: its messages stay in the inbox,
//! and a claim would bring it back at once. Its holder tells it when the section is over. A holder that was replaced
//! or purged tells nothing, so sweeps ask whether the holders are still there.

use std::collections::BTreeMap;

use durable_core::{
    lock::SectionRef,
    model::InstanceKey,
    state::{self, Incoming},
};
use fnhost_protocol::history::Parent;

use super::{
    Effect, Machine,
    slot::{Phase, Slot},
};

/// Holders that are asked for at once.
const CHUNK: usize = 256;

/// What a machine keeps of blocked entities.
#[derive(Debug, Default)]
pub(super) struct Blocked {
    /// They are this host's. Some may not be in memory any more.
    holders: BTreeMap<InstanceKey, Parent>,
    /// Where the next question goes on.
    asked_up_to: Option<InstanceKey>,
    asking: bool,
}

impl Blocked {
    pub(super) fn keys(&self) -> Vec<InstanceKey> {
        self.holders.keys().copied().collect()
    }

    pub(super) fn is_asking(&self) -> bool {
        self.asking
    }
}

impl Machine {
    /// Lets an entity rest if everything that is pending must wait. `false` when something can run.
    pub(super) fn rest_if_blocked(&mut self, key: InstanceKey) -> bool {
        let Some(slot) = self.slots.get_mut(&key).filter(|slot| matches!(slot.phase, Phase::Idle)) else {
            return false;
        };
        slot.blocked = slot.state.as_ref().is_some_and(|state| state::is_blocked(state, &slot.pending));
        let holder = slot.state.as_ref().and_then(|state| state.holder()).filter(|_| slot.blocked);
        let Some(holder) = holder.cloned() else {
            self.unblock(key);
            return false;
        };
        // One that nobody owns is claimed first: then everything that is sent to it comes here.
        self.instance_backlog |= !slot.owned;
        self.blocked.holders.insert(key, holder);
        self.enter_idle(key);
        true
    }

    pub(super) fn unblock(&mut self, key: InstanceKey) {
        self.blocked.holders.remove(&key);
    }

    /// Asks whether the holders of locks are still there, some at a time.
    pub(super) fn look_for_holders(&mut self) {
        if self.blocked.asking || self.blocked.holders.is_empty() {
            return;
        }
        let from =
            self.blocked.asked_up_to.take().map_or(InstanceKey(i64::MIN), |last| InstanceKey(last.0 + 1));
        let holders = self.blocked.holders.range(from..).take(CHUNK);
        let holders: Vec<_> = holders.map(|(key, holder)| (*key, holder.clone())).collect();
        self.blocked.asked_up_to = holders.last().filter(|_| holders.len() == CHUNK).map(|(key, _)| *key);
        if !holders.is_empty() {
            self.blocked.asking = true;
            self.emit(Effect::FindHolders(holders));
        }
    }

    /// These entities are locked for somebody who is gone. What they sent before that is read first.
    pub(super) fn holders_gone(&mut self, gone: Vec<(InstanceKey, SectionRef)>) {
        self.blocked.asking = false;
        for (key, section) in gone {
            let holder = self.blocked.holders.get(&key);
            if holder.is_some_and(|holder| SectionRef::of(holder) == section) {
                self.slots.entry(key).or_insert_with(Slot::cold).holder_gone = Some(section);
                self.take_unread(key);
            }
        }
    }
}

impl Slot {
    /// Notes that something has come which can run although everything else must wait.
    pub(super) fn wake_for(&mut self, one: &Incoming) {
        let holder = self.state.as_ref().and_then(|state| state.holder());
        self.blocked &= state::waits(holder, one);
    }
}
