//! Trials: how work that was in flight when a host died runs again without taking innocent work down with it.
//!
//! ```text
//!         suspects wait             nothing but long-running            recorded
//!         and no rest is left       code runs any more                                 all have ended, or
//!   Open ────────────────▶ Closing ──────────────▶ Recording ────────▶ On ──── outlived their time ──┐
//!    ▲                                                 ▲                                             │
//!    │                                                 └────────────── more suspects wait ◀──────────┤
//!    └──── rests as long as it was closed ◀──── Ending ◀── none waits, or closed for long ◀──────────┘
//! ```
//!
//! A suspect waits until its host has lived for a while, longer with each death alone. A host that dies over and over soon
//! after it has started, whatever the cause, dies before any trial then, and nobody is charged; and one that dies always at
//! the same age hits the trial of an innocent once, not three times in a row.
//!
//! Other work begins only while it is open. Code that runs for longer than a trial lasts disturbs nobody's trial: what
//! was going to take its host down would have done so.
//!
//! Pure and without a clock: sweeps, a second or two apart, are its measure of time, because user code does not run by
//! the clock that timers run by.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use durable_core::suspicion::{Suspicion, Work};

/// So many deaths make work suspicious. One makes nothing: whoever was in flight is back to work at once after a power
/// cut, and only what was in flight again at the next death is tried.
const SUSPICIOUS: u32 = 2;
/// So many suspects share their first trial; in the next each is alone.
const TOGETHER: usize = 16;
/// Sweeps that a trial lasts at most, and that it waits for other code to end.
const PATIENCE: u32 = 3;
/// After so many sweeps other work has its turn.
const CLOSED: u32 = 2 * PATIENCE;

/// Suspects that wait, and the trial.
#[derive(Debug, Default)]
pub(super) struct Trials {
    waiting: BTreeMap<Work, Suspicion>,
    /// For how many sweeps this host has lived.
    age: u32,
    /// Code that has run for longer than a trial lasts, and runs still.
    outlived: BTreeSet<Work>,
    stage: Stage,
    /// For how many sweeps it has not been open.
    closed: u32,
}

/// See the module's drawing.
#[derive(Debug)]
enum Stage {
    /// Sweeps until it may close again.
    Open {
        rest: u32,
    },
    /// For how many sweeps it has waited.
    Closing {
        sweeps: u32,
    },
    Recording {
        group: Vec<Work>,
    },
    /// Those that are not done, and how many sweeps they have left.
    On {
        left: BTreeSet<Work>,
        sweeps: u32,
    },
    Ending,
}

impl Default for Stage {
    fn default() -> Self {
        Self::Open { rest: 0 }
    }
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// Other work waits from now on: what it has brought so far is to be recorded.
    Close,
    /// What runs has outlived the patience of those who wait: say what it is.
    Outlive,
    /// Record a trial of these, or that there is none, and say when it is done.
    Record(Vec<Work>),
    /// These are on trial: run them.
    Run(Vec<Work>),
    /// Other work may begin.
    Open,
}

/// Whether work is to be tried.
pub(super) fn is_suspect(suspicion: Suspicion) -> bool {
    suspicion.deaths >= SUSPICIOUS || suspicion.smallest_trial > 0
}

/// How many sweeps a host must have lived before it tries a suspect: trials of the same suspect in one life after the
/// other lie in parts of those lives that do not overlap.
fn due_at(suspicion: Suspicion) -> u32 {
    PATIENCE.saturating_mul(suspicion.alone).saturating_add(1)
}

impl Trials {
    /// Whether other work may begin.
    pub(super) fn is_open(&self) -> bool {
        match self.stage {
            Stage::Open { rest } => rest > 0 || !self.is_anyone_due(),
            _ => false,
        }
    }

    /// Whether no suspect waits or is on trial.
    pub(super) fn is_quiet(&self) -> bool {
        self.waiting.is_empty() && matches!(self.stage, Stage::Open { .. })
    }

    /// Has a suspect wait for its trial.
    pub(super) fn add(&mut self, work: Work, suspicion: Suspicion) {
        self.waiting.insert(work, suspicion);
    }

    /// Code has run to its end, or will not run.
    pub(super) fn ended(&mut self, work: Work) {
        self.waiting.remove(&work);
        self.outlived.remove(&work);
        if let Stage::On { left, .. } = &mut self.stage {
            left.remove(&work);
        }
    }

    /// This runs, and has outlived the patience of others.
    pub(super) fn outlive(&mut self, work: Vec<Work>) {
        self.outlived.extend(work);
    }

    /// Some time has gone by.
    pub(super) fn sweep(&mut self) {
        self.closed += u32::from(!self.is_open());
        self.age = self.age.saturating_add(1);
        match &mut self.stage {
            Stage::Open { rest } => *rest = rest.saturating_sub(1),
            Stage::Closing { sweeps } => *sweeps += 1,
            Stage::On { sweeps, .. } => *sweeps = sweeps.saturating_sub(1),
            Stage::Recording { .. } | Stage::Ending => {}
        }
    }

    /// The next step, as long as there is one, while so much user code runs and there is room for so many turns.
    pub(super) fn step(&mut self, running: usize, turns: usize) -> Option<Step> {
        let is_open = self.is_open();
        match &mut self.stage {
            Stage::Open { .. } if is_open => None,
            Stage::Open { .. } => {
                self.closed = 0;
                self.stage = Stage::Closing { sweeps: 0 };
                Some(Step::Close)
            }
            Stage::Closing { sweeps } if running > self.outlived.len() => {
                (*sweeps >= PATIENCE).then_some(Step::Outlive)
            }
            Stage::Closing { .. } => Some(self.record(turns).unwrap_or_else(|| self.open())),
            Stage::On { left, sweeps } if !left.is_empty() && *sweeps > 0 => None,
            Stage::On { left, .. } => {
                self.outlived.append(left);
                let next = if self.closed < CLOSED { self.record(turns) } else { None };
                Some(next.unwrap_or_else(|| {
                    self.stage = Stage::Ending;
                    Step::Record(Vec::new())
                }))
            }
            Stage::Recording { .. } | Stage::Ending => None,
        }
    }

    /// What was to be recorded is.
    pub(super) fn recorded(&mut self) -> Option<Step> {
        match std::mem::take(&mut self.stage) {
            Stage::Recording { group } => {
                self.waiting.retain(|work, _| !group.contains(work));
                self.stage = Stage::On { left: group.iter().copied().collect(), sweeps: PATIENCE };
                Some(Step::Run(group))
            }
            Stage::Ending => Some(self.open()),
            other => {
                self.stage = other;
                None
            }
        }
    }

    /// Those who come next are put on trial, unless there is nobody.
    fn record(&mut self, turns: usize) -> Option<Step> {
        let group = self.next_group(turns);
        (!group.is_empty()).then(|| {
            self.stage = Stage::Recording { group: group.clone() };
            Step::Record(group)
        })
    }

    /// Suspects that wait no longer for this host to have lived for long enough.
    fn due(&self) -> impl Iterator<Item = (Work, Suspicion)> {
        let age = self.age;
        let waiting = self.waiting.iter().map(|(work, suspicion)| (*work, *suspicion));
        waiting.filter(move |(_, suspicion)| due_at(*suspicion) <= age)
    }

    fn is_anyone_due(&self) -> bool {
        self.due().next().is_some()
    }

    /// The most suspicious first, so that whoever was alone when a host died shows early whether that was chance.
    fn next_group(&self, turns: usize) -> Vec<Work> {
        let mut suspects: Vec<(Work, Suspicion)> = self.due().collect();
        suspects
            .sort_by_key(|(work, it)| (Reverse(it.alone), it.smallest_trial == 0, Reverse(it.deaths), *work));
        let mut room = turns;
        suspects.retain(|(work, _)| match work {
            Work::Turn { .. } if room == 0 => false,
            Work::Turn { .. } => {
                room -= 1;
                true
            }
            Work::Task(_) => true,
        });
        let is_alone = suspects.first().is_some_and(|(_, first)| first.smallest_trial > 0);
        suspects.truncate(if is_alone { 1 } else { TOGETHER });
        suspects.into_iter().map(|(work, _)| work).collect()
    }

    fn open(&mut self) -> Step {
        // What cannot be tried now waits for a moment.
        let least = u32::from(self.is_anyone_due());
        self.stage = Stage::Open { rest: self.closed.max(least) };
        Step::Open
    }
}

#[cfg(test)]
#[path = "trials_tests.rs"]
mod tests;
