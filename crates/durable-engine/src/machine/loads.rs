//! Instances are read into memory, and read again when what is in memory may not be true any more.

use durable_core::{
    model::{InstanceKey, Loaded},
    state::{Incoming, State},
};

use super::{Effect, Machine, forget::taken, slot::Phase};

impl Machine {
    /// Has an instance read.
    pub(super) fn load(&mut self, key: InstanceKey) {
        let Some(slot) = self.slots.get_mut(&key) else { return };
        slot.queued = false;
        slot.stale = false;
        if self.others.shared {
            slot.drop_messages();
        }
        slot.phase = Phase::Loading;
        self.loading += 1;
        self.emit(Effect::Load(key));
    }

    /// An instance was read; `None` when it is not there.
    pub(super) fn loaded(&mut self, key: InstanceKey, loaded: Option<Box<Loaded>>) {
        self.loading -= 1;
        let Some(loaded) = loaded else {
            // Purged or replaced: what waits for it has no meaning any more.
            self.stop_tasks_before(key, u32::MAX);
            self.leases_over_before(key, u32::MAX);
            self.remove(key);
            return;
        };
        if loaded.instance.status.is_terminal() {
            self.stop_tasks_before(key, u32::MAX);
            self.leases_over_before(key, u32::MAX);
            self.remove(key);
            self.tell_waiters(&loaded.instance.id, None);
            return;
        }
        let Some(slot) = self.slots.get_mut(&key) else { return };
        slot.warm = slot.warm_turn.take() == Some(loaded.instance.turn);
        if !slot.warm {
            self.session_counter += 1;
            slot.session = self.session_counter;
        }
        slot.state = Some(State::of(&loaded));
        slot.take_suspicion(&loaded);
        slot.phase = Phase::Idle;
        slot.read_at = self.commits_asked;
        if self.others.shared && slot.misses_a_message(&loaded.inbox) {
            slot.drop_messages();
            slot.stale = true;
        }
        slot.merge_inbox(loaded.inbox);
        slot.pending.extend(slot.holder_gone.take().map(Incoming::HolderGone));
        let written = slot.lost.take_if(|lost| lost.turn <= loaded.instance.turn);
        self.timers_loaded(key, loaded.timers);
        if let Some(lost) = written {
            let known = &self.leases;
            self.give_back(lost.leases.into_iter().filter(|call| !known.contains_key(call)).collect());
        }
        self.settle(key);
    }

    /// The store could not be read. The slot stays cold with what it has; the next sweep tries again, also when
    /// nothing is pending in memory: what this host owns no claim brings back.
    pub(super) fn load_failed(&mut self, key: InstanceKey) {
        let Some(slot) = self.slots.get_mut(&key) else { return };
        match std::mem::replace(&mut slot.phase, Phase::Cold) {
            Phase::Loading => self.loading -= 1,
            Phase::ReadingHistory(begun) => {
                self.running_turns -= 1;
                slot.queued = true;
                let turn = slot.next_turn();
                turn.into_iter().for_each(|turn| self.code_ended(turn));
                self.forget(key, taken(&begun.tasks_done, &begun.timers_done, &begun.events));
                if let Some(slot) = self.slots.get_mut(&key) {
                    slot.queued = false;
                }
            }
            other => {
                slot.phase = other;
                return;
            }
        }
        self.failed_loads.push(key);
    }

    /// Has an instance read whose inbox may hold what this host was not told of; one that is busy, when it rests.
    pub(super) fn read_again(&mut self, key: InstanceKey) {
        let Some(slot) = self.slots.get_mut(&key) else { return };
        slot.stale = true;
        if slot.queued || !matches!(slot.phase, Phase::Cold | Phase::Idle) {
            return;
        }
        let turn = slot.state.take().map(|state| state.instance.turn);
        // What the worker holds is good for exactly that turn.
        slot.warm_turn = turn.filter(|_| slot.warm);
        slot.phase = Phase::Cold;
        slot.warm = false;
        slot.queued = true;
        self.unloaded.push_back(key);
        self.leave_idle(key);
    }
}
