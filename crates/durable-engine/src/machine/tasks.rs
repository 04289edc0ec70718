//! Activities: how many this host takes, what becomes of their results, and claims of work that nobody has.

use fnhost_protocol::history::EventKind;

use durable_core::{
    model::{InstanceKey, TaskRef},
    state::Incoming,
    store::{ClaimRequest, Claimed},
};

use super::{
    Effect, Machine,
    slot::{Phase, Slot},
};

/// Instances asked for in one claim.
const CLAIM_INSTANCES: u32 = 256;

impl Machine {
    /// Whether a newly scheduled activity is handed over directly. While older ones wait in the store, a share of
    /// the slots is left to them.
    pub(super) fn lease_task(&mut self) -> bool {
        let kept_free = if self.task_backlog { self.options.claim_share } else { 0 };
        let granted = self.free_tasks() > kept_free;
        if granted {
            self.leased_tasks += 1;
        }
        granted
    }

    fn free_tasks(&self) -> usize {
        self.options.max_tasks.saturating_sub(self.leased_tasks + self.claiming_tasks)
    }

    /// The result rides in the instance's next turn when the instance is in memory, and goes to its inbox
    /// otherwise. Until either is committed the task's row keeps its lease, so a crash only repeats the activity.
    pub(super) fn task_ran(&mut self, task: TaskRef, event: EventKind) {
        self.leased_tasks -= 1;
        let result = Incoming::TaskResult { task, at: self.now, event };
        let in_memory = self.slots.get_mut(&task.instance).is_some_and(|slot| {
            slot.running_tasks = slot.running_tasks.saturating_sub(1);
            slot.state.is_some()
        });
        if in_memory && !self.draining {
            self.deliver(task.instance, result);
        } else {
            self.record_result(result);
        }
    }

    /// Looks for work that nobody announced, and tries again what could not be read.
    pub(super) fn sweep(&mut self) {
        for key in std::mem::take(&mut self.failed_loads) {
            self.wake(key);
        }
        self.task_backlog = true;
        self.instance_backlog = true;
        self.record_results_behind_long_turns();
    }

    /// Results must not wait, unrecorded, for code that does not return.
    fn record_results_behind_long_turns(&mut self) {
        let mut waiting = Vec::new();
        for slot in self.slots.values_mut().filter(|slot| matches!(slot.phase, Phase::Running(_))) {
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
        let room = self.slots.len() - self.idle.len() < self.options.max_slots;
        !self.draining && ((self.task_backlog && worthwhile) || (self.instance_backlog && room))
    }

    pub(super) fn claim_if_wanted(&mut self) {
        if self.claim_in_flight || !self.wants_claim() {
            return;
        }
        let tasks = if self.task_backlog { self.free_tasks() } else { 0 };
        self.claim_in_flight = true;
        self.claiming_tasks = tasks;
        self.emit(Effect::Claim(ClaimRequest {
            instances: if self.instance_backlog { CLAIM_INSTANCES } else { 0 },
            tasks: u32::try_from(tasks).unwrap_or(u32::MAX),
        }));
    }

    /// Has an instance read whose messages this host was not told of. One that is busy reads its inbox when it is
    /// claimed again: its next commit releases it.
    fn take_claimed(&mut self, key: InstanceKey) {
        let slot = self.slots.entry(key).or_insert_with(Slot::cold);
        if slot.queued || !matches!(slot.phase, Phase::Cold | Phase::Idle) {
            return;
        }
        slot.phase = Phase::Cold;
        slot.state = None;
        slot.warm = false;
        slot.queued = true;
        self.unloaded.push_back(key);
        self.leave_idle(key);
    }

    pub(super) fn claimed(&mut self, claimed: Claimed, request: ClaimRequest) {
        self.claim_in_flight = false;
        self.claiming_tasks = 0;
        self.task_backlog &= claimed.tasks.len() as u64 >= u64::from(request.tasks);
        self.instance_backlog &= claimed.instances.len() as u64 >= u64::from(request.instances);
        for key in claimed.instances {
            self.take_claimed(key);
        }
        if self.draining {
            let given_back = claimed.tasks.into_iter().map(|task| task.task).collect();
            self.emit(Effect::ReleaseTasks(given_back));
            return;
        }
        for task in claimed.tasks {
            self.leased_tasks += 1;
            if let Some(slot) = self.slots.get_mut(&task.task.instance) {
                slot.running_tasks += 1;
            }
            self.emit(Effect::RunTask(task));
        }
    }
}
