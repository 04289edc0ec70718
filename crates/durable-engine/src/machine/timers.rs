//! Durable timers: a heap of what is to fire, filled from the store at start and from commits afterwards.

use std::{cmp::Reverse, collections::HashSet};

use fnhost_protocol::time::Timestamp;

use durable_core::{
    model::{InstanceKey, TaskRef, TimerRow},
    state::Incoming,
};

use super::{Effect, Machine};

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
            if self.reading_timers == 0 {
                self.gone = HashSet::new();
            }
        }
        rows.retain(|row| !self.gone.contains(&row.timer));
        self.arm(rows);
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
        if self.reading_timers > 0 {
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
