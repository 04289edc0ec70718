//! Activities: how many this host takes, what becomes of their results, and claims of work that nobody has.

use std::cmp::Reverse;

use fnhost_protocol::history::EventKind;

use durable_core::{
    model::{InstanceKey, TaskRef},
    state::{self, Incoming},
    store::{ClaimRequest, Claimed},
    suspicion::Work,
};

use super::{
    Effect, Machine,
    slot::{Phase, Slot},
};

/// Instances asked for in one claim.
const CLAIM_INSTANCES: u32 = 256;
/// Instances for each turn that can run at once that a host takes before it leaves the rest to others.
const ENOUGH_TURNS: usize = 4;

impl Machine {
    /// Whether a newly scheduled activity is handed over directly. While older ones wait in the store, a share of
    /// the slots is left to them.
    pub(super) fn lease_task(&mut self) -> bool {
        let older_wait = self.task_backlog || self.claiming_tasks > 0;
        let kept_free = if older_wait { self.options.claim_share } else { 0 };
        let granted = !self.draining && self.free_tasks() > kept_free;
        if granted {
            self.leased_tasks += 1;
        }
        granted
    }

    fn free_tasks(&self) -> usize {
        self.options.max_tasks.saturating_sub(self.leased_tasks + self.claiming_tasks)
    }

    /// The result rides in the instance's next turn when the instance is in memory and may run, and goes to its inbox
    /// otherwise. Until either is committed the task's row keeps its lease, so a crash only repeats the activity.
    pub(super) fn task_ran(&mut self, task: TaskRef, event: EventKind) {
        if !self.running.remove(&task) {
            // Stopped, and faster than that: its execution is over.
            return;
        }
        self.leased_tasks -= 1;
        self.runs_no_more(task);
        self.code_ended(Work::Task(task));
        let event = state::recordable(event, &self.options.limits);
        let result = Incoming::TaskResult { task, at: self.now, event };
        let in_memory = self.slots.get(&task.instance).is_some_and(|slot| slot.state.is_some());
        if in_memory && !self.draining && self.may_begin() {
            self.deliver(task.instance, result);
        } else {
            self.record_result(result);
        }
    }

    /// Looks for work that nobody announced, and tries again what could not be read.
    pub(super) fn sweep(&mut self) {
        if self.others.without_lease {
            return;
        }
        for key in std::mem::take(&mut self.failed_loads) {
            self.read_again(key);
        }
        let room = self.options.max_slots.saturating_sub(self.slots.len() - self.idle.len());
        for key in self.overflow.iter().take(room).copied().collect::<Vec<_>>() {
            self.take_unread(key);
        }
        self.task_backlog = true;
        self.instance_backlog = true;
        self.sweep_leases();
        self.look_for_holders();
        // What others have scheduled, and what was lost on the way.
        self.scheduled(self.now);
        if self.others.shared {
            self.sweep_others();
        }
        // Results must not wait, unrecorded, for code that does not return.
        self.record_results_of(|slot| matches!(slot.phase, Phase::Running(_)));
    }

    pub(super) fn record_results_of(&mut self, chosen: impl Fn(&Slot) -> bool) {
        let mut waiting = Vec::new();
        for key in self.keys_where(chosen) {
            let Some(slot) = self.slots.get_mut(&key) else { continue };
            let (results, rest): (Vec<_>, Vec<_>) =
                slot.pending.drain(..).partition(|one| matches!(one, Incoming::TaskResult { .. }));
            slot.pending = rest.into();
            waiting.extend(results);
        }
        for result in waiting {
            self.record_result(result);
        }
    }

    pub(super) fn wants_claim(&self) -> bool {
        // Many small claims cost a transaction each: wait until a quarter of the slots is free.
        let worthwhile = self.free_tasks() >= (self.options.max_tasks / 4).max(1);
        // What waits for the end of a trial here, other hosts can do at once.
        !self.draining
            && self.may_begin()
            && ((self.task_backlog && worthwhile) || (self.instance_backlog && self.has_room()))
    }

    /// Whether another instance with work is welcome. Where others may take it, that ends earlier: as soon as enough of
    /// them wait for a turn.
    pub(super) fn has_room(&self) -> bool {
        let waiting = self.runnable.len() + self.unloaded.len() + self.loading;
        let enough = self.options.max_turns.saturating_mul(ENOUGH_TURNS);
        self.slots.len() - self.idle.len() < self.options.max_slots
            && (!self.others.shared || waiting < enough)
    }

    pub(super) fn claim_if_wanted(&mut self) {
        if !self.wants_claim() {
            return;
        }
        // Half of what is free: what is scheduled while the claim is under way takes the rest. With nothing left it would
        // be queued, and announced, and claimed by other hosts, whose own would be queued meanwhile, without end.
        let tasks = if self.task_backlog { self.free_tasks().div_ceil(2) } else { 0 };
        let instances = if self.instance_backlog { CLAIM_INSTANCES } else { 0 };
        self.claim_in_flight = true;
        self.claiming_tasks = tasks;
        // What is announced from now on may come too late for this claim: it makes the next one.
        self.task_backlog &= tasks == 0;
        self.instance_backlog = false;
        self.emit(Effect::Claim(ClaimRequest { instances, tasks: u32::try_from(tasks).unwrap_or(u32::MAX) }));
    }

    /// Has an instance read that has messages, whether it is in memory or not.
    pub(super) fn take_unread(&mut self, key: InstanceKey) {
        self.overflow.remove(&key);
        self.slots.entry(key).or_insert_with(Slot::cold);
        self.read_again(key);
    }

    pub(super) fn claim_failed(&mut self, request: ClaimRequest, unknown: bool) {
        self.claimed(Claimed::default(), request);
        if unknown {
            self.doubt_claim();
        }
    }

    pub(super) fn claimed(&mut self, claimed: Claimed, request: ClaimRequest) {
        self.claim_in_flight = false;
        self.claiming_tasks = 0;
        // A claim that was filled may have left some.
        let filled = |found: usize, wanted: u32| wanted > 0 && found as u64 >= u64::from(wanted);
        self.task_backlog |= filled(claimed.tasks.len(), request.tasks);
        self.instance_backlog |= filled(claimed.instances.len(), request.instances);
        for key in claimed.instances {
            self.take_unread(key);
            if let Some(slot) = self.slots.get_mut(&key) {
                slot.owned = true;
            }
        }
        if self.draining {
            self.give_back(claimed.tasks.into_iter().map(|task| task.task).collect());
            return;
        }
        // Suspects first: nothing else begins beside them.
        let mut tasks = claimed.tasks;
        tasks.sort_by_key(|task| Reverse(task.suspicion.deaths));
        for task in tasks {
            self.has_leased(task.task);
            self.leased_tasks += 1;
            if let Some(slot) = self.slots.get_mut(&task.task.instance) {
                slot.running_tasks += 1;
            }
            self.run_task(task);
        }
    }
}
