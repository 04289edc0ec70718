//! Suspects in the machine: what waits for its trial, what is held back meanwhile, and what has taken down too many hosts
//! to be run again.

use std::collections::{BTreeMap, VecDeque};

use fnhost_protocol::{
    failure::{Failure, kind},
    history::EventKind,
    ids::InstanceId,
};

use durable_core::{
    model::{InstanceKey, InstanceKind, LeasedTask, Loaded, TaskRef},
    suspicion::{Suspicion, Work},
};

use super::{
    Effect, Machine,
    slot::{Phase, Slot},
    trials::{Step, Trials, is_suspect},
};

/// What a machine keeps because hosts have died.
#[derive(Debug, Default)]
pub(super) struct Suspects {
    pub(super) trials: Trials,
    /// Activities that are leased and have not begun: suspects, and what waits for the end of their trials.
    held: BTreeMap<TaskRef, LeasedTask>,
    /// Instances whose next turn fails without running code.
    condemned: VecDeque<InstanceKey>,
}

/// A piece of work that is suspected, for those who read about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suspect {
    /// Which.
    pub work: Work,
    /// The orchestration or entity.
    pub instance: InstanceId,
    /// The function that runs.
    pub function: String,
    /// What is counted against it.
    pub suspicion: Suspicion,
}

impl Machine {
    /// Whether work that is not suspected may begin.
    pub(super) fn may_begin(&self) -> bool {
        self.suspects.trials.is_open()
    }

    /// Begins an activity, now or when it may.
    pub(super) fn run_task(&mut self, task: LeasedTask) {
        self.running.insert(task.task);
        if task.suspicion.alone >= self.options.max_host_deaths {
            let (call, suspect) = (task.task, Suspect::call(&task));
            let failure = suspect.poison("activity");
            self.emit(Effect::Condemned(suspect));
            self.task_ran(call, EventKind::TaskFailed { id: call.task, failure });
        } else if is_suspect(task.suspicion) {
            self.suspects.trials.add(Work::Task(task.task), task.suspicion);
            self.suspects.held.insert(task.task, task);
        } else if self.may_begin() {
            self.emit(Effect::RunTask(task));
        } else {
            self.suspects.held.insert(task.task, task);
        }
    }

    /// Queues an idle instance that has something pending.
    pub(super) fn queue_turn(&mut self, instance: InstanceKey) {
        let Some(slot) = self.slots.get(&instance) else { return };
        match slot.next_turn() {
            Some(_) if slot.suspicion.alone >= self.options.max_host_deaths => {
                self.suspects.condemned.push_back(instance);
            }
            Some(work) if is_suspect(slot.suspicion) => self.suspects.trials.add(work, slot.suspicion),
            _ => self.runnable.push_back(instance),
        }
    }

    /// The instance whose turn may begin now.
    pub(super) fn next_runnable(&mut self) -> Option<InstanceKey> {
        match self.suspects.condemned.pop_front() {
            None if self.may_begin() => self.runnable.pop_front(),
            condemned => condemned,
        }
    }

    /// Why the next turn of an instance must not run code.
    pub(super) fn condemn(&mut self, instance: InstanceKey) -> Option<Failure> {
        let slot = self.slots.get(&instance)?;
        let suspect = Suspect::turn(slot).filter(|it| it.suspicion.alone >= self.options.max_host_deaths)?;
        let failure = suspect.poison(match slot.state.as_ref()?.instance.kind {
            InstanceKind::Orchestration => "orchestrator",
            InstanceKind::Entity => "an operation of entity",
        });
        self.emit(Effect::Condemned(suspect));
        Some(failure)
    }

    /// Code has run to its end, or will not run.
    pub(super) fn code_ended(&mut self, work: Work) {
        if let Work::Task(call) = work {
            self.suspects.held.remove(&call);
        }
        self.suspects.trials.ended(work);
    }

    /// Goes on with trials as far as possible.
    pub(super) fn pump_trials(&mut self) {
        loop {
            let running = self.running_turns + self.running.len() - self.suspects.held.len();
            let room = self.options.max_turns.saturating_sub(self.running_turns);
            let Some(step) = self.suspects.trials.step(running, room) else { return };
            self.perform(step);
        }
    }

    /// A trial, or its end, is recorded.
    pub(super) fn trial_recorded(&mut self) {
        // A host that stops begins nothing; its orderly end is counted against nobody.
        if !self.draining
            && let Some(step) = self.suspects.trials.recorded()
        {
            self.perform(step);
        }
    }

    fn perform(&mut self, step: Step) {
        match step {
            // With the host, results in memory would be lost.
            Step::Close => self.record_results_of(|_| true),
            Step::Outlive => {
                let running = self.running_work();
                self.suspects.trials.outlive(running);
            }
            Step::Record(trial) => {
                let suspects = trial.into_iter().filter_map(|work| self.suspect(work)).collect();
                self.emit(Effect::SetTrial(suspects));
            }
            Step::Run(trial) => trial.into_iter().for_each(|work| self.run_on_trial(work)),
            Step::Open => {
                let held = self.suspects.held.extract_if(.., |_, task| !is_suspect(task.suspicion));
                for (_, task) in held.collect::<Vec<_>>() {
                    self.emit(Effect::RunTask(task));
                }
            }
        }
    }

    fn run_on_trial(&mut self, work: Work) {
        let runs = match work {
            Work::Task(call) => match self.suspects.held.remove(&call) {
                Some(task) => {
                    self.emit(Effect::RunTask(task));
                    true
                }
                None => false,
            },
            Work::Turn { instance, .. } => {
                if self.slots.get(&instance).is_some_and(|slot| slot.awaits(work)) {
                    self.begin(instance);
                }
                self.slots.get(&instance).is_some_and(Slot::runs_code)
            }
        };
        if !runs {
            self.suspects.trials.ended(work);
        }
    }

    /// Gives back what has not begun: this host stops.
    pub(super) fn give_back_held(&mut self) {
        let held: Vec<TaskRef> = std::mem::take(&mut self.suspects.held).into_keys().collect();
        self.leased_tasks -= held.len();
        for call in &held {
            self.running.remove(call);
            self.suspects.trials.ended(Work::Task(*call));
            self.runs_no_more(*call);
        }
        self.give_back(held);
    }

    fn suspect(&self, work: Work) -> Option<Suspect> {
        match work {
            Work::Task(call) => self.suspects.held.get(&call).map(Suspect::call),
            Work::Turn { instance, .. } => {
                self.slots.get(&instance).filter(|slot| slot.awaits(work)).and_then(Suspect::turn)
            }
        }
    }

    /// All user code that runs.
    fn running_work(&self) -> Vec<Work> {
        let calls = self.running.iter().filter(|call| !self.suspects.held.contains_key(call));
        let turns = self.keys_where(Slot::runs_code).into_iter();
        let turns = turns.filter_map(|key| self.slots.get(&key).and_then(Slot::next_turn));
        turns.chain(calls.copied().map(Work::Task)).collect()
    }
}

impl Slot {
    /// The turn that comes next, or runs.
    pub(super) fn next_turn(&self) -> Option<Work> {
        let row = &self.state.as_ref()?.instance;
        Some(Work::Turn { instance: row.key, turn: row.turn })
    }

    /// Whether its next turn is this one, and waits.
    fn awaits(&self, work: Work) -> bool {
        self.queued && matches!(self.phase, Phase::Idle) && self.next_turn() == Some(work)
    }

    /// Whether a turn has begun and is not over.
    fn runs_code(&self) -> bool {
        matches!(self.phase, Phase::ReadingHistory(_) | Phase::Running(_) | Phase::RunningBatch(_))
    }

    /// Takes over what is counted against an instance that was read. A turn of an orchestration is harmless as a whole;
    /// of what waits for an entity, only those operations are that have run.
    pub(super) fn take_suspicion(&mut self, loaded: &Loaded) {
        self.suspicion = loaded.suspicion;
        self.suspected_messages = match loaded.instance.kind {
            InstanceKind::Entity if is_suspect(loaded.suspicion) => loaded.inbox.len(),
            _ => 0,
        };
    }

    /// How many messages an entity takes at once: each operation that is suspected has a turn of its own, so that it
    /// alone fails.
    pub(super) fn most_messages(&self, most: usize) -> usize {
        if is_suspect(self.suspicion) { 1 } else { most }
    }

    /// A turn is written: no host has died with the next one.
    pub(super) fn cleared(&mut self) {
        self.suspicion = match self.suspected_messages {
            0 => Suspicion::NONE,
            _ => Suspicion { alone: 0, ..self.suspicion },
        };
    }
}

impl Suspect {
    fn call(task: &LeasedTask) -> Self {
        Self {
            work: Work::Task(task.task),
            instance: task.instance_id.clone(),
            function: task.name.clone(),
            suspicion: task.suspicion,
        }
    }

    fn turn(slot: &Slot) -> Option<Self> {
        let row = &slot.state.as_ref()?.instance;
        Some(Self {
            work: slot.next_turn()?,
            instance: row.id.clone(),
            function: row.name.clone(),
            suspicion: slot.suspicion,
        })
    }

    /// Why it is not run again.
    fn poison(&self, what: &str) -> Failure {
        let Suspicion { deaths, alone, died_at, .. } = self.suspicion;
        let message = format!(
            "{what} `{}` is not run again: its host died {deaths} times while it was in flight, {alone} times in a row \
             while it ran alone, last at {died_at}. Something in it ends the process (abort, exit, a stack overflow, all \
             memory used up); the host's log of that time may tell what",
            self.function
        );
        Failure::new(kind::POISON, message).not_retriable()
    }
}
