//! What runs: never more than a host has slots for, and every attempt of an activity counted.

use durable_core::model::LeasedTask;
use fnhost_protocol::{ids::InstanceId, turn::Turn};

use super::{Audit, Invariant, Shown};

/// How much of a kind runs at a host.
#[derive(Debug, Default)]
pub(super) struct Running {
    turns: usize,
    tasks: usize,
}

/// What is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A turn of an orchestration or a batch of operations.
    Turn,
    /// An activity.
    Task,
}

impl Audit {
    /// A host runs one more; it may run so many.
    pub(crate) fn begins(&mut self, host: usize, kind: Kind, slots: usize) {
        self.runs += 1;
        let running = self.running.entry(host).or_default();
        let count = match kind {
            Kind::Turn => &mut running.turns,
            Kind::Task => &mut running.tasks,
        };
        *count += 1;
        let count = *count;
        self.holds(Invariant::Slots, count <= slots, || {
            format!("host {host} runs {count} of {kind:?} and has {slots} slots")
        });
    }

    pub(crate) fn ends(&mut self, host: usize, kind: Kind) {
        let running = self.running.entry(host).or_default();
        match kind {
            Kind::Turn => running.turns -= 1,
            Kind::Task => running.tasks -= 1,
        }
    }

    /// An activity begins, in an attempt of its own.
    pub(crate) fn attempted(&mut self, task: &LeasedTask) {
        let new = self.attempts.insert((task.task, task.attempt));
        self.holds(Invariant::Attempts, new, || {
            format!("attempt {} of {:?} begins once more", task.attempt, task.task)
        });
    }

    /// What code of an instance is shown.
    pub(crate) fn shown(&mut self, host: usize, turn: &Turn) {
        let shown = self.shown.entry((host, turn.instance.clone())).or_default();
        shown.retain(|other| other.session != turn.session);
        shown.push(Shown { session: turn.session, base: turn.base, events: turn.new_events.to_vec() });
    }

    /// A host is gone with everything that it remembered.
    pub(crate) fn forgets(&mut self, host: usize) {
        self.shown.retain(|(other, _), _| *other != host);
    }

    /// Whether an instance lives that has not got this event.
    pub(crate) fn awaits(&self, id: &InstanceId, event: &str) -> bool {
        self.by_id(id).is_some_and(|instance| instance.is_live() && !instance.events.contains(event))
    }
}
