//! Durable timers: a heap of what is to fire, filled from the store at start and from commits afterwards.

use std::cmp::Reverse;

use fnhost_protocol::time::Timestamp;

use durable_core::{model::TimerRow, state::Incoming};

use super::Machine;

impl Machine {
    /// Takes timers into the heap; those that are known already are passed over.
    pub(super) fn arm(&mut self, rows: impl IntoIterator<Item = TimerRow>) {
        for row in rows {
            if self.armed.insert(row.timer) {
                self.timers.push(Reverse(row));
            }
        }
        self.fire_due_timers();
    }

    pub(super) fn fire_due_timers(&mut self) {
        while let Some(Reverse(row)) = self.timers.peek().copied() {
            if row.fire_at > self.now {
                return;
            }
            self.timers.pop();
            // A cancelled timer stands in the heap until its time; its row is gone.
            if self.armed.contains(&row.timer) {
                self.deliver(row.timer.instance, Incoming::TimerFired { timer: row.timer, at: row.fire_at });
            }
        }
    }

    /// When the next timer fires.
    pub fn next_due(&mut self) -> Option<Timestamp> {
        while let Some(Reverse(row)) = self.timers.peek() {
            if self.armed.contains(&row.timer) {
                return Some(row.fire_at);
            }
            self.timers.pop();
        }
        None
    }
}
