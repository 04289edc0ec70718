//! Timers that wait, by time.

use fnhost_protocol::time::Timestamp;

use crate::{
    memory::row::Row,
    model::{TaskRef, TimerRow},
    store::TimerCursor,
};

/// The timers of these instances that fire no later than `until`, in order, after a cursor.
pub(super) fn page<'a>(
    rows: impl Iterator<Item = &'a Row>,
    until: Timestamp,
    after: Option<TimerCursor>,
    limit: u32,
) -> Vec<TimerRow> {
    let mut waiting: Vec<TimerRow> = rows.flat_map(of).collect();
    waiting.retain(|timer| timer.fire_at <= until && after.is_none_or(|after| *timer > after));
    waiting.sort();
    waiting.truncate(limit as usize);
    waiting
}

/// The timers of one instance.
pub(super) fn of(row: &Row) -> impl Iterator<Item = TimerRow> {
    let Row { instance, timers, .. } = row;
    timers.iter().map(|(task, fire_at)| TimerRow {
        fire_at: *fire_at,
        timer: TaskRef { instance: instance.key, generation: instance.generation, task: *task },
    })
}
