//! What runs: never more than a host has slots for, and every attempt of an activity counted.

use durable_core::model::{LeasedTask, TaskRef};
use fnhost_protocol::{
    history::{EventKind, HistoryEvent, TaskId},
    ids::InstanceId,
    time::Timestamp,
    turn::Turn,
};

use super::{Audit, Invariant, Shown, instances::Instance};

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

    /// An activity begins at this time, in an attempt of its own.
    pub(crate) fn attempted(&mut self, task: &LeasedTask, now: Timestamp) {
        self.check_try(task, now);
        let new = self.attempts.insert((task.task, task.attempt));
        self.holds(Invariant::Attempts, new, || {
            format!("attempt {} of {:?} begins once more", task.attempt, task.task)
        });
    }

    /// A try under a policy is the one that was asked for, and no earlier than the policy wants it.
    fn check_try(&mut self, task: &LeasedTask, now: Timestamp) {
        let TaskRef { instance, generation, task: id } = task.task;
        let instance = self.instances.get(&instance).filter(|instance| instance.generation == generation);
        let Some(Instance { history, .. }) = instance else { return };
        let retry = history.iter().find_map(|event| match &event.kind {
            EventKind::TaskScheduled { id: other, retry, .. } if *other == id => retry.clone(),
            _ => None,
        });
        let attempt = retry.as_ref().map_or(1, |retry| retry.attempt);
        let failed = (attempt > 1).then(|| failed_in_turn(history, id)).flatten();
        let most = retry.as_ref().and_then(|retry| retry.policy.max_attempts).unwrap_or(1);
        let begins =
            retry.zip(failed).map(|(retry, at)| at.saturating_add(retry.policy.pause_after(attempt - 1)));
        self.holds(Invariant::Attempts, task.policy_attempt == attempt && attempt <= most, || {
            format!("try {attempt} of {most} of {:?} begins as try {}", task.task, task.policy_attempt)
        });
        let in_time = attempt == 1 || begins.is_some_and(|begins| begins <= now);
        self.holds(Invariant::Attempts, in_time, || {
            format!("try {attempt} of {:?} begins at {now} and should at {begins:?}", task.task)
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

/// The time of the turn that was told how the try before this one has failed. Tries have every other number; those between
/// are pauses.
fn failed_in_turn(history: &[HistoryEvent], id: TaskId) -> Option<Timestamp> {
    let mut now = None;
    history.iter().find_map(|event| {
        match event.kind {
            EventKind::TurnStarted => now = Some(event.at),
            EventKind::TaskFailed { id: other, .. } if other + 2 == id => return now,
            _ => {}
        }
        None
    })
}
