//! A turn that was not written: what is in memory of its instance is dropped, and what it had taken finds its way back.

use std::{collections::HashMap, mem};

use fnhost_protocol::history::{EventKind, ExecutionRef, HistoryEvent, TaskId};

use durable_core::{
    message::Message,
    model::{InstanceKey, TaskRef},
    state::Incoming,
    store::{Commit, News, TaskResultCommit, TurnCommit},
};

use super::{
    Effect, Machine, Ticket,
    slot::{Phase, Slot},
};

impl Machine {
    /// Drops what is in memory of an instance and reads it again. Messages are still in the store; activity results go
    /// there on their own; fired timers stay pending, and fire if the read shows that they still wait.
    pub(super) fn forget(&mut self, key: InstanceKey, taken: Vec<Incoming>) {
        self.leave_idle(key);
        let Some(slot) = self.slots.get_mut(&key) else { return };
        let hidden = slot.take_hidden();
        slot.state = None;
        slot.warm = false;
        slot.warm_turn = None;
        slot.in_turn.clear();
        slot.birth = None;
        let all: Vec<Incoming> = taken.into_iter().chain(hidden).chain(slot.pending.drain(..)).collect();
        let (results, rest): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|one| matches!(one, Incoming::TaskResult { .. }));
        slot.pending = rest.into_iter().filter(|one| matches!(one, Incoming::TimerFired { .. })).collect();
        if !mem::replace(&mut slot.queued, true) {
            self.unloaded.push_back(key);
        }
        for result in results {
            self.record_result(result);
        }
    }

    /// Records a result whose instance is not in memory, or not to be run here.
    pub(super) fn record_result(&mut self, one: Incoming) {
        if let Incoming::TaskResult { task, at, event } = one {
            let execution = ExecutionRef { key: task.instance.0, generation: task.generation };
            let message = Message::Event { execution: Some(execution), at, event };
            let commit = Commit::TaskResult(TaskResultCommit { task, message });
            self.emit(Effect::Commit(Ticket::TaskResult, commit));
        }
    }

    /// Leaves an instance to the host that owns it, or to a claim if nobody does.
    pub(super) fn leave(&mut self, key: InstanceKey, taken: Vec<Incoming>) {
        let (mut hidden, mut pending) = Default::default();
        if let Some(slot) = self.slots.get_mut(&key) {
            hidden = slot.take_hidden();
            pending = mem::take(&mut slot.pending);
        }
        self.remove(key);
        for one in taken.into_iter().chain(hidden).chain(pending) {
            self.record_result(one);
        }
        self.instance_backlog = true;
        self.note(News::MESSAGES);
    }
}

impl Slot {
    /// What a turn under way took and its commit does not show.
    fn take_hidden(&mut self) -> Vec<Incoming> {
        match mem::replace(&mut self.phase, Phase::Cold) {
            Phase::Committing { taken, .. } => taken,
            _ => Vec::new(),
        }
    }
}

/// The activity results and fired timers that a turn took.
pub(super) fn turn_results(turn: &TurnCommit) -> Vec<Incoming> {
    taken(&turn.tasks_done, &turn.timers_done, &turn.history)
}

/// The activity results and fired timers among a turn's events, as they came in.
pub(super) fn taken(tasks: &[TaskRef], timers: &[TaskRef], events: &[HistoryEvent]) -> Vec<Incoming> {
    let (tasks, timers) = (by_number(tasks), by_number(timers));
    let taken = events.iter().filter_map(|event| {
        let (at, id) = (event.at, event.kind.completed_task()?);
        if matches!(event.kind, EventKind::TimerFired { .. }) {
            return timers.get(&id).map(|timer| Incoming::TimerFired { timer: *timer, at });
        }
        tasks.get(&id).map(|task| Incoming::TaskResult { task: *task, at, event: event.kind.clone() })
    });
    taken.collect()
}

/// Of calls with the same number, the one of the latest execution: only that one has an event.
fn by_number(calls: &[TaskRef]) -> HashMap<TaskId, TaskRef> {
    let mut calls = calls.to_vec();
    calls.sort_unstable();
    calls.into_iter().map(|call| (call.task, call)).collect()
}
