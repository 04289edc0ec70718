//! Durable timers: a heap of what is to fire, filled from the store at start and from commits afterwards.

use std::{cmp::Reverse, collections::HashSet, time::Duration};

use fnhost_protocol::time::Timestamp;

use durable_core::{
    model::{InstanceKey, TaskRef, TimerRow},
    state::Incoming,
};

use super::{Effect, Machine};

/// How late a timer must be before a host fires it that did not create it.
pub(super) const GRACE: Duration = Duration::from_millis(500);

impl Machine {
    /// Has all waiting timers read from the store.
    pub(super) fn read_timers(&mut self) {
        self.reading_timers += 1;
        self.emit(Effect::ReadTimers);
    }

    /// A page of waiting timers; the one after the last is empty. A page is older than what happened since it was
    /// read.
    pub(super) fn timers_read(&mut self, mut rows: Vec<TimerRow>) {
        if rows.is_empty() {
            self.reading_timers = self.reading_timers.saturating_sub(1);
        }
        rows.retain(|row| !self.gone.contains(&row.timer));
        self.forget_gone();
        self.arm(rows);
    }

    /// Timers that nobody has fired in time, and whether there may be more of them.
    pub(super) fn overdue_read(&mut self, mut rows: Vec<TimerRow>, more: bool) {
        self.others.overdue.answered();
        self.others.overdue_after = rows.last().copied().filter(|_| more);
        rows.retain(|row| !self.gone.contains(&row.timer));
        // A page of nothing but timers that this host has already is no reason to hurry.
        if more && rows.iter().any(|row| !self.armed.contains(&row.timer)) {
            self.others.overdue.want();
        }
        self.forget_gone();
        self.arm(rows);
    }

    /// An instance was read, and these are its timers: what is known of it besides is wrong. Alone on a store, this
    /// host fires them all; otherwise only what it created, until they are overdue.
    pub(super) fn timers_loaded(&mut self, instance: InstanceKey, rows: Vec<TimerRow>) {
        let first = TaskRef { instance, generation: 0, task: 0 };
        let last = TaskRef { instance, generation: u32::MAX, task: u32::MAX };
        let waiting: HashSet<TaskRef> = rows.iter().map(|row| row.timer).collect();
        let left = self.armed.range(first..=last).filter(|timer| !waiting.contains(timer));
        let left: Vec<TaskRef> = left.copied().collect();
        self.disarm(&left);
        if !self.others.shared {
            self.arm(rows);
        }
    }

    fn is_reading_timers(&self) -> bool {
        self.reading_timers > 0 || self.others.overdue.is_under_way()
    }

    fn forget_gone(&mut self) {
        if !self.is_reading_timers() {
            self.gone = HashSet::new();
        }
    }

    /// Takes timers into the heap; those that are known already are passed over.
    pub(super) fn arm(&mut self, rows: impl IntoIterator<Item = TimerRow>) {
        for row in rows {
            if self.armed.insert(row.timer) {
                self.timers.push(Reverse(row));
            }
        }
        self.fire_due_timers();
    }

    /// Forgets timers whose rows are gone.
    pub(super) fn disarm(&mut self, timers: &[TaskRef]) {
        for timer in timers {
            self.armed.remove(timer);
        }
        if self.is_reading_timers() {
            self.gone.extend(timers);
        }
        self.shrink_heap();
    }

    /// Forgets the timers that executions before this one have left behind.
    pub(super) fn disarm_before(&mut self, instance: InstanceKey, generation: u32) {
        let first = TaskRef { instance, generation: 0, task: 0 };
        let end = TaskRef { instance, generation, task: 0 };
        let left: Vec<TaskRef> = self.armed.range(first..end).copied().collect();
        self.disarm(&left);
    }

    /// Timers that are not armed any more stand in the heap until their time; not more of them than of others.
    fn shrink_heap(&mut self) {
        const FEW: usize = 1_024;
        if self.timers.len() > FEW + 2 * self.armed.len() {
            let armed = &self.armed;
            self.timers.retain(|Reverse(row)| armed.contains(&row.timer));
        }
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

    /// When there is something to be done that only waits for its time.
    pub fn next_due(&mut self) -> Option<Timestamp> {
        let scheduled = self.schedule.next_due().filter(|_| !self.draining);
        let expiry = self.expiry.due().filter(|_| !self.draining && !self.others.without_lease);
        self.next_timer().into_iter().chain(scheduled).chain(expiry).min()
    }

    fn next_timer(&mut self) -> Option<Timestamp> {
        while let Some(Reverse(row)) = self.timers.peek() {
            if self.armed.contains(&row.timer) {
                return Some(row.fire_at);
            }
            self.timers.pop();
        }
        None
    }
}
