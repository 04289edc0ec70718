//! Timers that wait, by time.

use sqlx::{Postgres, postgres::PgArguments, query::Query};

use durable_core::{
    model::{HostLease, TimerRow},
    rows,
    store::{StoreError, TimerCursor},
};
use fnhost_protocol::time::Timestamp;

use crate::{columns::columns, database::Database, error::classify, hosts::check_epoch, hub::Hub};

/// The index on (hub, time) goes on with the primary key, so this reads it in order and stops.
const TIMERS: &str = "
SELECT instance, generation, task, fire_at FROM timers
WHERE hub = $1 AND hub > 0 AND fire_at <= $2 AND (fire_at, instance, generation, task) > ($3, $4, $5, $6)
ORDER BY fire_at, instance, generation, task LIMIT $7";

/// As [`TIMERS`], in instances that nobody or the epoch $8 owns.
const OVERDUE: &str = "
SELECT instance, generation, task, fire_at FROM timers
WHERE hub = $1 AND hub > 0 AND fire_at <= $2 AND (fire_at, instance, generation, task) > ($3, $4, $5, $6)
  AND EXISTS (SELECT FROM instances WHERE key = instance AND (owner IS NULL OR owner = $8) OFFSET 0)
ORDER BY fire_at, instance, generation, task LIMIT $7";

/// A page of timers that fire no later than `until`.
pub(crate) async fn timers(
    database: &Database,
    hub: &Hub,
    until: Timestamp,
    after: Option<TimerCursor>,
    limit: u32,
) -> Result<Vec<TimerRow>, StoreError> {
    read(database, page(sqlx::query(TIMERS), hub, until, after, limit)).await
}

/// Those of them that are this host's to fire.
pub(crate) async fn overdue(
    database: &Database,
    hub: &Hub,
    lease: HostLease,
    until: Timestamp,
    after: Option<TimerCursor>,
    limit: u32,
) -> Result<Vec<TimerRow>, StoreError> {
    check_epoch(database, hub, lease).await?;
    read(database, page(sqlx::query(OVERDUE), hub, until, after, limit).bind(lease.epoch)).await
}

type Asked = Query<'static, Postgres, PgArguments>;

fn page(query: Asked, hub: &Hub, until: Timestamp, after: Option<TimerCursor>, limit: u32) -> Asked {
    let most = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
    let (fire_at, instance, generation, task) = match after {
        Some(TimerRow { fire_at, timer }) => {
            (fire_at.as_micros(), timer.instance.0, most(timer.generation), i64::from(timer.task))
        }
        None => (i64::MIN, i64::MIN, i32::MIN, i64::MIN),
    };
    let query = query.bind(hub.id).bind(until.as_micros()).bind(fire_at).bind(instance).bind(generation);
    query.bind(task).bind(i64::from(limit))
}

async fn read(database: &Database, query: Asked) -> Result<Vec<TimerRow>, StoreError> {
    let rows = query.fetch_all(&database.pool).await.map_err(|error| classify(&error))?;
    rows.iter().map(|row| rows::timer(&columns("timers", row))).collect()
}
