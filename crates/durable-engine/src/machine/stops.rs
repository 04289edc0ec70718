//! Activities that nobody waits for any more: their execution is over, so no result of theirs can be recorded. They are
//! stopped instead of running on for nothing.

use std::collections::BTreeSet;

use durable_core::{
    model::{InstanceKey, TaskRef},
    suspicion::Work,
};

use super::{Effect, Machine};

impl Machine {
    /// Activities that run here for instances that do not: when those end, it is elsewhere.
    pub(super) fn running_elsewhere(&self) -> Vec<TaskRef> {
        let is_here = |task: &&TaskRef| self.slots.get(&task.instance).is_some_and(|slot| slot.owned);
        self.running.iter().filter(|task| !is_here(task)).copied().collect()
    }

    /// Stops the activities of executions before this one.
    pub(super) fn stop_tasks_before(&mut self, instance: InstanceKey, generation: u32) {
        let first = TaskRef { instance, generation: 0, task: 0 };
        let end = TaskRef { instance, generation, task: 0 };
        let over = self.running.range(first..end).copied().collect();
        self.stop_tasks(over);
    }

    /// Stops those of these activities that still run here. What they return all the same is dropped.
    pub(super) fn stop_tasks(&mut self, mut tasks: Vec<TaskRef>) {
        tasks.retain(|task| self.running.remove(task));
        if tasks.is_empty() {
            return;
        }
        self.leased_tasks -= tasks.len();
        for task in &tasks {
            self.runs_no_more(*task);
            self.code_ended(Work::Task(*task));
        }
        self.emit(Effect::StopTasks(tasks));
    }

    /// Stops activities whose rows are gone.
    pub(super) fn tasks_pointless(&mut self, tasks: Vec<TaskRef>) {
        self.others.pointless.answered();
        self.lease_over(&tasks);
        let instances: BTreeSet<InstanceKey> = tasks.iter().map(|task| task.instance).collect();
        self.stop_tasks(tasks);
        for instance in instances {
            self.settle(instance);
        }
    }

    /// Takes an activity off the count of its instance.
    pub(super) fn runs_no_more(&mut self, task: TaskRef) {
        if let Some(slot) = self.slots.get_mut(&task.instance) {
            slot.running_tasks = slot.running_tasks.saturating_sub(1);
        }
    }
}
