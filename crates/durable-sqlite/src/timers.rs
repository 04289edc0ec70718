//! Timers that wait, by time.

use durable_core::{
    model::TimerRow,
    rows,
    store::{StoreError, TimerCursor},
};
use fnhost_protocol::time::Timestamp;

use crate::{columns::columns, database::Database, error::classify, hub::Hub};

/// The index on (hub, time) goes on with the primary key, so this reads it in order and stops.
pub(crate) const TIMERS: &str = "
SELECT instance, generation, task, fire_at FROM timers
WHERE hub = $1 AND fire_at <= $2 AND (fire_at, instance, generation, task) > ($3, $4, $5, $6)
ORDER BY fire_at, instance, generation, task LIMIT $7";

/// A page of timers that fire no later than `until`.
pub(crate) async fn timers(
    database: &Database,
    hub: Hub,
    until: Timestamp,
    after: Option<TimerCursor>,
    limit: u32,
) -> Result<Vec<TimerRow>, StoreError> {
    let (fire_at, instance, generation, task) = match after {
        Some(TimerRow { fire_at, timer }) => {
            (fire_at.as_micros(), timer.instance.0, i64::from(timer.generation), i64::from(timer.task))
        }
        None => (i64::MIN, i64::MIN, i64::MIN, i64::MIN),
    };
    let rows = sqlx::query(TIMERS)
        .bind(hub.id)
        .bind(until.as_micros())
        .bind(fire_at)
        .bind(instance)
        .bind(generation)
        .bind(task)
        .bind(limit)
        .fetch_all(&database.readers)
        .await
        .map_err(|error| classify(&error))?;
    rows.iter().map(|row| rows::timer(&columns("timers", row))).collect()
}
