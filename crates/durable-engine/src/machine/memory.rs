//! Which instances stay in memory: those with work always, idle ones by last use within a budget of bytes.

use durable_core::{model::InstanceKey, state::Incoming};

use super::{
    Machine,
    slot::{Phase, Slot},
};

impl Machine {
    /// Notes that nothing of an instance is pending. Forgets it when nothing is worth keeping.
    pub(super) fn enter_idle(&mut self, key: InstanceKey) {
        self.leave_idle(key);
        let Some(slot) = self.slots.get_mut(&key) else { return };
        match slot.phase {
            Phase::Idle if slot.running_tasks == 0 => {
                self.use_counter += 1;
                let bytes = slot.bytes();
                slot.idle = Some((self.use_counter, bytes));
                self.idle.insert(self.use_counter, key);
                self.idle_bytes += bytes;
            }
            Phase::Cold if slot.running_tasks == 0 && !slot.queued => {
                self.slots.remove(&key);
            }
            _ => {}
        }
    }

    pub(super) fn leave_idle(&mut self, key: InstanceKey) {
        if let Some((order, bytes)) = self.slots.get_mut(&key).and_then(|slot| slot.idle.take()) {
            self.idle.remove(&order);
            self.idle_bytes -= bytes;
        }
    }

    /// Drops an instance that is finished or gone, with what was pending for it.
    pub(super) fn remove(&mut self, key: InstanceKey) {
        self.leave_idle(key);
        self.slots.remove(&key);
        self.unblock(key);
        self.disarm_before(key, u32::MAX);
    }

    /// The instances in memory of which this is true, in an order that does not change from run to run.
    pub(super) fn keys_where(&self, chosen: impl Fn(&Slot) -> bool) -> Vec<InstanceKey> {
        let mut keys: Vec<_> =
            self.slots.iter().filter(|(_, slot)| chosen(slot)).map(|(key, _)| *key).collect();
        keys.sort_unstable();
        keys
    }

    pub(super) fn shrink(&mut self) {
        while self.idle_bytes > self.options.idle_bytes {
            let Some((_, key)) = self.idle.pop_first() else { return };
            if let Some(slot) = self.slots.remove(&key) {
                self.idle_bytes -= slot.idle.map_or(0, |(_, bytes)| bytes);
            }
        }
    }

    /// For tests: forgets an instance that is about to run, by chance. `true` when it has to be read first.
    pub(super) fn evict_by_chance(&mut self, key: InstanceKey) -> bool {
        let Some(seed) = self.evict.as_mut() else { return false };
        // xorshift64: any sequence will do, as long as the seed fixes it.
        *seed ^= *seed << 13;
        *seed ^= *seed >> 7;
        *seed ^= *seed << 17;
        let chosen = *seed % 3 == 0;
        let Some(slot) = self.slots.get_mut(&key).filter(|slot| chosen && slot.birth.is_none()) else {
            return false;
        };
        slot.state = None;
        slot.warm = false;
        slot.phase = Phase::Cold;
        slot.pending.retain(|one| !matches!(one, Incoming::Message(..)));
        slot.queued = true;
        self.unloaded.push_back(key);
        true
    }
}
