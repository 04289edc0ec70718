//! `[extensions.timers]` as needed.

use std::time::Duration;

use crate::config::entry::{Entries, Entry};
use crate::config::keys::timers::{ALL, SKIP};

use super::build::{count, need};

/// What becomes of times of a schedule at which no host ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MissedRuns {
    /// One run makes up for all of them.
    Once,
    /// They are left out.
    Skip,
    /// Each has its run, late.
    All,
}

impl MissedRuns {
    /// From the word in the file.
    pub(crate) fn from_word(word: &str) -> Self {
        match word {
            ALL => Self::All,
            SKIP => Self::Skip,
            _ => Self::Once,
        }
    }
}

/// What all timers have in common.
#[derive(Debug, Clone)]
pub struct TimersConfig {
    time_zone: Option<Entry>,
    missed_runs: MissedRuns,
    max_missed_runs: usize,
    max_concurrent_runs: usize,
    sweep_interval: Option<Duration>,
}

impl TimersConfig {
    /// The time zone as it was written, if it was: room `schedule`, which knows zones, stands above this one.
    pub(crate) fn time_zone(&self) -> Option<&Entry> {
        self.time_zone.as_ref()
    }

    /// What becomes of missed times, unless a function says otherwise.
    pub fn missed_runs(&self) -> MissedRuns {
        self.missed_runs
    }

    /// Most runs of one timer that make up for missed ones.
    pub fn max_missed_runs(&self) -> usize {
        self.max_missed_runs
    }

    /// Runs at once on this host.
    pub fn max_concurrent_runs(&self) -> usize {
        self.max_concurrent_runs
    }

    /// How often to look for times that the alarm has missed; `None` is never.
    pub fn sweep_interval(&self) -> Option<Duration> {
        self.sweep_interval
    }

    pub(super) fn build(entries: &Entries) -> Self {
        Self {
            time_zone: entries.get("extensions.timers.timeZone").cloned(),
            missed_runs: MissedRuns::from_word(need(entries.word("extensions.timers.missedRuns"))),
            max_missed_runs: count(entries, "extensions.timers.maxMissedRuns"),
            max_concurrent_runs: count(entries, "extensions.timers.maxConcurrentRuns"),
            sweep_interval: need(entries.span("extensions.timers.sweepInterval")),
        }
    }
}
