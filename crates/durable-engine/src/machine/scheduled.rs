//! Messages to entities that wait for their time. They stay in the store; what is kept here is when the first is due.
//!
//! ```text
//! Waiting for a time ── due, or a sweep ──▶ Reading ── some are due ──▶ Delivering ── all are written ──▶ Waiting
//!         ▲                                    └────── none is due ──────────────────────────────────────────┘
//! ```
//!
//! Any host may deliver any message; the store sees to it that each is delivered once.

use durable_core::store::{Commit, CommitOutcome, Scheduled, ScheduledMessage, Target, TurnCommit};
use fnhost_protocol::time::Timestamp;

use super::{Effect, Machine, Ticket};

/// What a machine knows of scheduled messages.
#[derive(Debug, Default)]
pub(super) struct Schedule {
    /// When the first is due, as far as this host knows.
    next: Option<Timestamp>,
    reading: bool,
    /// Deliveries that are being written.
    delivering: usize,
}

impl Schedule {
    /// When there is something to be done.
    pub(super) fn next_due(&self) -> Option<Timestamp> {
        self.next.filter(|_| self.is_quiet())
    }

    pub(super) fn is_quiet(&self) -> bool {
        !self.reading && self.delivering == 0
    }
}

impl Machine {
    /// A message was scheduled.
    pub(super) fn scheduled(&mut self, due: Timestamp) {
        let next = &mut self.schedule.next;
        *next = Some(next.map_or(due, |next| next.min(due)));
    }

    /// It is not known whether a turn was written that schedules messages.
    pub(super) fn schedule_again(&mut self, turn: &TurnCommit) {
        for message in &turn.messages {
            if let Target::Scheduled { due, .. } = message.target {
                self.scheduled(due);
            }
        }
    }

    /// Reads what is due, if anything is.
    pub(super) fn read_due(&mut self) {
        if self.schedule.next_due().is_some_and(|due| due <= self.now) && !self.others.without_lease {
            self.schedule.reading = true;
            // What is scheduled from now on, the read may not see.
            self.schedule.next = None;
            self.emit(Effect::ReadScheduled(self.now));
        }
    }

    pub(super) fn scheduled_read(&mut self, page: Scheduled) {
        self.schedule.reading = false;
        if let Some(next) = page.next {
            self.scheduled(next);
        }
        for message in page.due {
            self.schedule.delivering += 1;
            self.emit(Effect::Commit(Ticket::Delivery, Commit::Deliver(Box::new(message))));
        }
    }

    /// A delivery was written, or somebody else has been faster.
    pub(super) fn delivery_committed(&mut self, message: ScheduledMessage, outcome: CommitOutcome) {
        self.schedule.delivering -= 1;
        if let CommitOutcome::Sent(delivery) = outcome {
            self.delivered(delivery, message.message);
        }
    }

    /// The store refuses a delivery; the next sweep tries again.
    pub(super) fn delivery_refused(&mut self) {
        self.schedule.delivering -= 1;
    }

    /// It is not known whether a delivery was written: a read will tell.
    pub(super) fn delivery_lost(&mut self, message: &ScheduledMessage) {
        self.schedule.delivering -= 1;
        self.scheduled(message.due);
    }
}
