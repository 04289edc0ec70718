//! What a timer is to do, decided without clock or store: at the start of the host, when its time has come, and after a
//! run.
//!
//! ```text
//! start ─▶ what was missed is made up for, as `missedRuns` says ─▶ wait for the next time
//! time has come ─▶ one run for it ─▶ wait for the next time after now
//! ```
//!
//! Every host plans for itself and comes to the same times; the store sees to it that each has one run
//! (`docs/decisions/0037-a-slot-is-an-occurrence.md`).

use std::{iter, time::Duration};

use fnhost_protocol::time::Timestamp;

use super::record::Record;
use crate::{app::TimerTrigger, config::host_file::MissedRuns};

/// A run that begins later than this after its time is told so. Schedules go by whole seconds.
const PAST_DUE: Duration = Duration::from_secs(1);

/// A host that runs, but comes later than this, has missed the time: it slept, or its clock was set.
const MISSED: Duration = Duration::from_secs(30);

/// One timer, with what decides about it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Terms<'a> {
    pub(super) timer: &'a TimerTrigger,
    /// Most runs that make up for missed times.
    pub(super) most: usize,
}

/// A run to begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Run {
    /// The time that it is for.
    pub(super) slot: Timestamp,
    /// Whether it makes up for a time that was missed.
    pub(super) catches_up: bool,
}

/// What to do at the start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Plan {
    /// In this order, one after the other.
    pub(super) runs: Vec<Run>,
    /// What to wait for; `None`: for nothing, ever.
    pub(super) next: Option<Timestamp>,
    /// What to write down now. Runs write down what comes of them.
    pub(super) record: Option<Record>,
}

impl Terms<'_> {
    /// When the host starts, or the app was loaded anew.
    pub(super) fn at_start(self, record: Option<&Record>, now: Timestamp) -> Plan {
        let timer = self.timer;
        let next = self.next_after(now);
        let (mut runs, mut written) = (Vec::new(), None);
        if timer.is_monitored() {
            let known = record.filter(|record| record.is_of(timer));
            let missed = known.and_then(|record| record.next).filter(|missed| *missed <= now);
            runs = missed.map_or_else(Vec::new, |first| self.make_up(first, now));
            let is_settled = runs.is_empty() && (known.is_none() || missed.is_some());
            // A schedule that was changed begins anew: nothing of it was missed.
            written = is_settled.then(|| Record {
                last: record.and_then(|record| record.last),
                ..Record::of(timer, next, now)
            });
        }
        if runs.is_empty() && timer.run_on_startup {
            runs.push(Run { slot: now, catches_up: false });
        }
        Plan { runs, next, record: written }
    }

    /// When the time `slot` has come, as the host sees it: `now` is not before it, but may be long after it.
    pub(super) fn at_tick(self, slot: Timestamp, now: Timestamp) -> Vec<Run> {
        let is_late = now.since(slot) > MISSED;
        match self.missed_runs() {
            _ if !is_late => vec![Run { slot, catches_up: false }],
            // The last one may have come just now.
            MissedRuns::Skip => {
                let last = self.latest(slot, now, 1).pop().filter(|last| now.since(*last) <= MISSED);
                last.map(|slot| Run { slot, catches_up: false }).into_iter().collect()
            }
            MissedRuns::Once | MissedRuns::All => self.make_up(slot, now),
        }
    }

    /// Whether a time that came while a run was under way, which `ended` then, has no run of its own. Where all are to
    /// have one they wait for each other, up to as many as may be made up for.
    pub(super) fn is_swallowed(self, run: Run, ended: Option<Timestamp>, now: Timestamp) -> bool {
        if run.catches_up {
            return false;
        }
        if self.queues() {
            let later = iter::successors(self.next_after(run.slot), |slot| self.next_after(*slot));
            return later.take(self.most).take_while(|slot| *slot <= now).count() == self.most;
        }
        // A run that ended much later than now ended before the clock was put back; clocks of hosts differ a little.
        ended.is_some_and(|ended| run.slot < ended && !was_put_back(ended, now))
    }

    /// Whether times that come during a run wait for its end.
    pub(super) fn queues(self) -> bool {
        self.missed_runs() == MissedRuns::All
    }

    /// What to write down when the run for `slot` is over, well or not.
    pub(super) fn after_run(self, slot: Timestamp, now: Timestamp) -> Option<Record> {
        let record = || Record { last: Some(slot), ..Record::of(self.timer, self.next_after(now), now) };
        self.timer.is_monitored().then(record)
    }

    /// The first time after `now`.
    pub(super) fn next_after(self, now: Timestamp) -> Option<Timestamp> {
        self.timer.schedule.next_after(now, &self.timer.zone)
    }

    /// Runs for what was missed from `first` on.
    fn make_up(self, first: Timestamp, now: Timestamp) -> Vec<Run> {
        let slots = match self.missed_runs() {
            MissedRuns::Skip => Vec::new(),
            // All hosts name the first: so they agree on the one run.
            MissedRuns::Once => vec![first],
            MissedRuns::All => self.latest(first, now, self.most),
        };
        slots.into_iter().map(|slot| Run { slot, catches_up: true }).collect()
    }

    /// Timers that keep no record cannot tell what was missed.
    fn missed_runs(self) -> MissedRuns {
        if self.timer.is_monitored() { self.timer.missed_runs } else { MissedRuns::Skip }
    }

    /// The latest times from `first`, which is one, to `now`; at most so many. Looks back no further than it must: there
    /// may be millions.
    fn latest(self, first: Timestamp, now: Timestamp, most: usize) -> Vec<Timestamp> {
        let mut back = Duration::from_secs(60);
        loop {
            let from = now.saturating_sub(back);
            let is_all = from < first;
            let begin = if is_all { Some(first) } else { self.next_after(from) };
            let mut slots: Vec<Timestamp> = iter::successors(begin, |slot| self.next_after(*slot))
                .take_while(|slot| *slot <= now)
                .collect();
            if is_all || slots.len() >= most {
                return slots.split_off(slots.len().saturating_sub(most));
            }
            back *= 2;
        }
    }
}

/// Whether a run that begins now is past due.
pub(super) fn is_past_due(run: Run, now: Timestamp) -> bool {
    run.catches_up || now.since(run.slot) >= PAST_DUE
}

/// Whether a clock that showed `before` was put back, rather than corrected a little.
pub(super) fn was_put_back(before: Timestamp, now: Timestamp) -> bool {
    before.since(now) > PAST_DUE
}
