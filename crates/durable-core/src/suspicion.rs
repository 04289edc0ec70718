//! What is counted against work that was in flight when a host died: user code may have taken the process down.
//!
//! ```text
//! a host dies ─┬─ without a trial: everything that it had leased or owned      deaths + 1
//!              └─ during one: what was on trial and has left no trace yet     deaths + 1, and the size of the
//!                 trial is noted; who is alone in it has died alone
//! a trial ends ─── what was on it and has left no trace has survived           no deaths alone any more
//! ```
//!
//! What is counted belongs to one piece of work: an instance's next turn, a call. A turn that is committed and a
//! call that is recorded have shown themselves harmless; nothing is left of the count.

use fnhost_protocol::time::Timestamp;

use crate::model::{InstanceKey, TaskRef};

/// So many of the latest deaths are kept in mind for instances that nobody owned, and whose timers were due.
pub const COUNTED_DEATHS: usize = 8;

/// A piece of user code that a host may run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Work {
    /// The next turn of an orchestration or entity.
    Turn {
        /// The instance.
        instance: InstanceKey,
        /// How many turns it has had before: another number is other work.
        turn: u64,
    },
    /// A call of an activity.
    Task(TaskRef),
}

/// How often a piece of work was in flight when a host died.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Suspicion {
    /// Hosts that died while they had it.
    pub deaths: u32,
    /// How many were left of the smallest trial in which a host died with it; 0 when that never happened.
    pub smallest_trial: u32,
    /// Hosts that died while it alone was left of a trial, since it last survived one.
    pub alone: u32,
    /// When a host last died with it, by the store's clock. Without meaning while `deaths` is 0.
    pub died_at: Timestamp,
}

impl Suspicion {
    /// Of work with which no host has died.
    pub const NONE: Self = Self { deaths: 0, smallest_trial: 0, alone: 0, died_at: Timestamp::EPOCH };

    /// Whether a host has died with it.
    pub fn is_none(self) -> bool {
        self.deaths == 0
    }

    /// After a death without a trial.
    #[must_use]
    pub fn in_flight(self, died_at: Timestamp) -> Self {
        Self { deaths: self.deaths.saturating_add(1), died_at: self.died_at.max(died_at), ..self }
    }

    /// After those of these deaths, in order of time, that are not counted yet.
    #[must_use]
    pub fn in_flight_at(self, deaths: impl IntoIterator<Item = Timestamp>) -> Self {
        deaths.into_iter().fold(self, |counted, died_at| {
            if died_at > counted.died_at { counted.in_flight(died_at) } else { counted }
        })
    }

    /// After a death during a trial of which so many were left, this one among them.
    #[must_use]
    pub fn on_trial(self, left: u32, died_at: Timestamp) -> Self {
        Self {
            smallest_trial: if self.smallest_trial == 0 { left } else { self.smallest_trial.min(left) },
            alone: self.alone.saturating_add(u32::from(left == 1)),
            ..self.in_flight(died_at)
        }
    }
}

impl Default for Suspicion {
    fn default() -> Self {
        Self::NONE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_micros(second * 1_000_000)
    }

    #[test]
    fn every_death_counts() {
        let suspicion = Suspicion::NONE.in_flight(at(5)).in_flight(at(7));
        assert_eq!(suspicion, Suspicion { deaths: 2, smallest_trial: 0, alone: 0, died_at: at(7) });
        assert!(!suspicion.is_none() && Suspicion::NONE.is_none());
    }

    #[test]
    fn a_death_counts_once() {
        let counted = Suspicion::NONE.in_flight(at(5));
        assert_eq!(counted.in_flight_at([at(3), at(5)]), counted);
        let expected = Suspicion { deaths: 3, smallest_trial: 0, alone: 0, died_at: at(8) };
        assert_eq!(counted.in_flight_at([at(5), at(7), at(8)]), expected);
    }

    #[test]
    fn the_smallest_trial_is_remembered() {
        let suspicion =
            Suspicion::NONE.in_flight(at(1)).on_trial(64, at(2)).on_trial(8, at(3)).on_trial(9, at(4));
        assert_eq!(suspicion, Suspicion { deaths: 4, smallest_trial: 8, alone: 0, died_at: at(4) });
        let alone = suspicion.on_trial(1, at(5)).on_trial(1, at(6));
        assert_eq!(alone, Suspicion { deaths: 6, smallest_trial: 1, alone: 2, died_at: at(6) });
    }
}
