//! Finished orchestrations are kept as long as the options say and then removed, so little at a time that nobody notices.
//!
//! ```text
//! Resting ──due──▶ Looking ──some──▶ Removing ──all answered──▶ Resting, for a moment: more of the same
//!    ▲                 └──none──▶ the next status, or after the last one Resting until the next round ─┐
//!    └──────────────────────────────────────────────────────────────────────────────────────────────────┘
//! ```
//!
//! A step removes one small part and then pauses for several times as long as it took: so it takes a part of the
//! store's time and no more, keeps up with whatever is finished in the rest of it, and steps back where the store is
//! busy. Several hosts that do the same find each other's work done.

use std::time::Duration;

use fnhost_protocol::{status::RuntimeStatus, time::Timestamp};

use durable_core::store::{Commit, FinishedCursor, FinishedQuery, FoundInstance, PurgeCommit};

use super::{Effect, Machine, Ticket};
use crate::{options::Retention, purges::part};

/// Instances that are looked for at once.
const GROUP: u32 = 200;
/// The pause after a part, in times that it took; and at least so long.
const PAUSE: u32 = 3;
const SHORTEST_PAUSE: Duration = Duration::from_millis(10);
/// The first round comes so long after the start, when the host has settled.
const FIRST: Duration = Duration::from_secs(60);
/// Pause after the store could not be read.
const AFTER_TROUBLE: Duration = Duration::from_secs(60);
/// Rounds come at a tenth of the shortest age, between these.
const OFTEN: Duration = Duration::from_secs(1);
const SELDOM: Duration = Duration::from_secs(3_600);

/// Where the removal of old instances stands.
#[derive(Debug, Default)]
pub(super) struct Expiry {
    step: Step,
    /// Which of the statuses that are not kept for ever is being looked at.
    status: usize,
    /// Where the last part of that status ended.
    after: Option<FinishedCursor>,
}

#[derive(Debug, Default)]
enum Step {
    /// Nothing is ever removed.
    #[default]
    Never,
    /// Until then.
    Resting(Timestamp),
    /// The store is asked, since then.
    Looking(Timestamp),
    /// So many purges are under way, since then.
    Removing(usize, Timestamp),
}

impl Expiry {
    /// Whether the store or the committer is at work for it.
    pub(super) fn is_busy(&self) -> bool {
        matches!(self.step, Step::Looking(_) | Step::Removing(..))
    }

    /// When there is something to do next.
    pub(super) fn due(&self) -> Option<Timestamp> {
        match self.step {
            Step::Resting(until) => Some(until),
            Step::Never | Step::Looking(_) | Step::Removing(..) => None,
        }
    }
}

impl Retention {
    /// The statuses that are not kept for ever, and for how long.
    fn bounded(&self) -> impl Iterator<Item = (RuntimeStatus, Duration)> {
        [
            (RuntimeStatus::Completed, self.completed),
            (RuntimeStatus::Failed, self.failed),
            (RuntimeStatus::Terminated, self.terminated),
        ]
        .into_iter()
        .filter_map(|(status, age)| Some((status, age?)))
    }

    /// How long to rest between two rounds; `None` when everything is kept for ever.
    fn round(&self) -> Option<Duration> {
        let shortest = self.bounded().map(|(_, age)| age).min()?;
        Some((shortest / 10).clamp(OFTEN, SELDOM))
    }
}

impl Machine {
    /// The first round is to come.
    pub(super) fn begin_expiry(&mut self) {
        if let Some(round) = self.options.retention.round() {
            self.expiry.step = Step::Resting(self.now.saturating_add(round.min(FIRST)));
        }
    }

    /// Does the next step when it is due.
    pub(super) fn expire(&mut self) {
        if self.expiry.due().is_some_and(|due| due <= self.now) {
            self.look_for_expired();
        }
    }

    fn look_for_expired(&mut self) {
        let Some((status, age)) = self.options.retention.bounded().nth(self.expiry.status) else {
            self.expiry = Expiry::default();
            if let Some(round) = self.options.retention.round() {
                self.rest(round);
            }
            return;
        };
        self.expiry.step = Step::Looking(self.now);
        self.emit(Effect::FindExpired(FinishedQuery {
            status,
            before: self.now.saturating_sub(age),
            created_from: None,
            created_to: None,
            after: self.expiry.after,
            limit: GROUP,
        }));
    }

    /// What the store has found; `None` when it could not be read.
    pub(super) fn expired_found(&mut self, found: Option<Vec<FoundInstance>>) {
        let Step::Looking(since) = self.expiry.step else { return };
        let Some(mut found) = found else {
            self.rest(AFTER_TROUBLE);
            return;
        };
        if self.draining {
            // The next start goes on.
            self.expiry.step = Step::Never;
            return;
        }
        found.truncate(part(&found));
        let Some(last) = found.last() else {
            (self.expiry.status, self.expiry.after) = (self.expiry.status + 1, None);
            self.look_for_expired();
            return;
        };
        // Passed whatever becomes of them: what cannot be removed must not stand in the way of the others.
        self.expiry.after = Some(last.cursor());
        self.expiry.step = Step::Removing(found.len(), since);
        for FoundInstance { id, version, .. } in found {
            let purge = PurgeCommit { id, only: Some(version) };
            self.emit(Effect::Commit(Ticket::Retention, Commit::Purge(purge)));
        }
    }

    /// One of the purges has been answered, one way or another.
    pub(super) fn expired_answered(&mut self) {
        let Step::Removing(left, since) = &mut self.expiry.step else { return };
        *left -= 1;
        if *left == 0 {
            let took = self.now.since(*since);
            self.rest((took * PAUSE).clamp(SHORTEST_PAUSE, AFTER_TROUBLE));
        }
    }

    fn rest(&mut self, pause: Duration) {
        self.expiry.step = Step::Resting(self.now.saturating_add(pause));
    }
}
