//! Which activities this host has leased, and giving back those that it will not run.
//!
//! The list holds a lease from before it is written until after its row is known to be gone, so what the store has
//! beyond it came by a claim whose answer was lost.

use std::collections::btree_map::Entry;

use durable_core::{
    model::{InstanceKey, TaskRef},
    store::{News, TurnCommit},
};

use super::{Effect, Machine};

/// For so many sweeps after something was lost a store that others share is asked what is leased: longer than a statement
/// may take that is still under way when its connection is gone. A store of this process alone has no such.
const DOUBTFUL_SWEEPS: u8 = 30;

impl Machine {
    pub(super) fn has_leased(&mut self, call: TaskRef) {
        *self.leases.entry(call).or_default() += 1;
    }

    /// A turn was not written that was to lease these. One of them may have been claimed: the turn had been written before,
    /// without this host's knowledge.
    pub(super) fn has_not_leased(&mut self, calls: &[TaskRef]) {
        for call in calls {
            if let Entry::Occupied(mut times) = self.leases.entry(*call) {
                *times.get_mut() -= 1;
                if *times.get() == 0 {
                    times.remove();
                }
            }
        }
    }

    /// A turn is about to be written. An activity that is being given back is not leased with it, or the release would take
    /// away the new lease: a turn that was lost had asked for it, and another host has written its turn in that place.
    pub(super) fn lease_with(&mut self, turn: &mut TurnCommit) {
        let (instance, generation) = (turn.key, turn.update.generation);
        for task in turn.tasks.iter_mut().filter(|task| task.lease) {
            let call = TaskRef { instance, generation, task: task.task };
            if self.releasing.contains(&call) {
                task.lease = false;
                self.leased_tasks -= 1;
            } else {
                self.has_leased(call);
            }
        }
    }

    /// The rows of these are gone, or somebody else's.
    pub(super) fn lease_over(&mut self, calls: &[TaskRef]) {
        for call in calls {
            self.leases.remove(call);
        }
    }

    /// The rows of all activities of earlier executions are gone.
    pub(super) fn leases_over_before(&mut self, instance: InstanceKey, generation: u32) {
        let first = TaskRef { instance, generation: 0, task: 0 };
        let end = TaskRef { instance, generation, task: 0 };
        while let Some(call) = self.leases.range(first..end).next().map(|(call, _)| *call) {
            self.leases.remove(&call);
        }
    }

    /// Gives activities back that did not begin.
    pub(super) fn give_back(&mut self, calls: Vec<TaskRef>) {
        self.lease_over(&calls);
        self.to_release.extend(calls);
    }

    /// They are given back; or not, then the next sweep tries again.
    pub(super) fn released(&mut self, calls: Vec<TaskRef>, done: bool) {
        self.releasing.clear();
        if done {
            self.note(News::TASKS);
        } else {
            self.unreleased.extend(calls);
        }
    }

    /// Talks with the store about leases: in one call at a time. What a claim under way has leased would look like a lease
    /// that nobody knows of, and what is given back while it is claimed again would be taken from who runs it.
    pub(super) fn pump_leases(&mut self) {
        if self.claim_in_flight || !self.releasing.is_empty() || self.looking_for_leases.is_under_way() {
            return;
        }
        let leases = &self.leases;
        self.to_release.retain(|call| !leases.contains_key(call));
        if !self.to_release.is_empty() {
            self.releasing = std::mem::take(&mut self.to_release);
            let calls = self.releasing.iter().copied().collect();
            self.emit(Effect::ReleaseTasks(calls));
        } else if self.looking_for_leases.begin() {
            self.emit(Effect::FindLeases);
        } else {
            self.claim_if_wanted();
        }
    }

    /// Something may have been leased without this host's knowledge, or may still be: what is written late, after its
    /// connection broke.
    pub(super) fn doubt_leases(&mut self) {
        if self.others.shared {
            self.doubtful_sweeps = DOUBTFUL_SWEEPS;
        }
        self.looking_for_leases.want();
    }

    /// It is not known what a claim has brought: it is this host's now, and no claim finds it again. Activities are found
    /// among the leases, instances by their messages.
    pub(super) fn doubt_claim(&mut self) {
        self.doubt_leases();
        self.others.unread.want();
    }

    /// The part of a sweep that is about leases.
    pub(super) fn sweep_leases(&mut self) {
        self.to_release.extend(std::mem::take(&mut self.unreleased));
        if self.doubtful_sweeps > 0 {
            self.doubtful_sweeps -= 1;
            self.looking_for_leases.want();
        }
    }

    /// All activities that the store knows to be leased to this host.
    pub(super) fn leases_found(&mut self, calls: Vec<TaskRef>) {
        self.looking_for_leases.answered();
        let unknown = calls.into_iter().filter(|call| !self.leases.contains_key(call)).collect();
        self.give_back(unknown);
    }
}

/// Activities that a turn leases to its writer.
pub(super) fn leased_by(turn: &TurnCommit) -> impl Iterator<Item = TaskRef> {
    let (instance, generation) = (turn.key, turn.update.generation);
    let leased = turn.tasks.iter().filter(|task| task.lease);
    leased.map(move |task| TaskRef { instance, generation, task: task.task })
}
