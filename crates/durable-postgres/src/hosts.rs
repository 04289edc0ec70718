//! Hosts that share the database: leases by its clock, takeover, and what an engine asks on behalf of others.

use durable_core::{
    model::{HostLease, InstanceKey, MessageId, TaskRef},
    rows,
    store::StoreError,
};
use fnhost_protocol::{ids::InstanceId, status::RuntimeStatus};

use crate::{
    columns::{columns, fit},
    company::Company,
    database::Database,
    error::{classify, classify_write, raised, said},
    hub::{Hub, interval},
};

/// So many rows are made nobody's in one statement.
const ROWS: i32 = 5_000;

/// Tells whether there are other hosts.
const RENEW: &str = "
UPDATE heartbeats AS own SET expires_at = clock_timestamp() + $3 WHERE host = $1 AND epoch = $2
RETURNING EXISTS (SELECT FROM heartbeats AS other WHERE other.hub = own.hub AND other.host <> own.host)";

const OTHERS: &str = "
SELECT count(*) FROM heartbeats WHERE hub = $1 AND host <> $2 AND expires_at >= clock_timestamp()";

const END_DEAD: &str = "SELECT end_dead_hosts($1, $2, $3)";

const END_OWN: &str = "SELECT end_host($1, $2, $3)";

const CLEAR: &str = "SELECT clear_ended_epoch($1, $2)";

/// Those ids of $2 under which no orchestration is alive; the statuses from $3 on are final.
const FINISHED: &str = "
SELECT asked.id FROM unnest($2::text[]) AS asked (id) WHERE NOT EXISTS (
    SELECT FROM instances AS i WHERE i.hub = $1 AND i.hub > 0 AND i.id = asked.id AND i.status < $3 OFFSET 0)";

/// Those calls that are recorded nowhere.
const POINTLESS: &str = "
SELECT asked.instance, asked.generation, asked.task
FROM unnest($1::int8[], $2::int4[], $3::int8[]) AS asked (instance, generation, task) WHERE NOT EXISTS (
    SELECT FROM tasks AS t
    WHERE (t.instance, t.generation, t.task) = (asked.instance, asked.generation, asked.task) OFFSET 0)";

/// Messages for instances of the epoch $1. Begins with the instances: a host owns few.
const UNREAD: &str = "
WITH mine AS MATERIALIZED (SELECT key FROM instances WHERE owner = $1)
SELECT message.instance, message.id FROM mine CROSS JOIN LATERAL (
    SELECT instance, id FROM inbox WHERE instance = mine.key OFFSET 0) AS message
ORDER BY message.id LIMIT $2";

/// Calls that the epoch $1 has leased.
const LEASED: &str = "SELECT instance, generation, task FROM tasks WHERE owner = $1";

const CURRENT: &str = "SELECT EXISTS (SELECT FROM hosts WHERE id = $1 AND epoch = $2)";

/// Whether an error is that of a host whose epoch is over.
pub(crate) fn lost(error: &sqlx::Error, lease: HostLease) -> StoreError {
    match said(error) {
        Some(said) if said.code() == raised::FENCED => StoreError::LeaseLost(lease.to_string()),
        _ => classify_write(error),
    }
}

/// Renews a lease.
pub(crate) async fn renew(
    database: &Database,
    hub: &Hub,
    company: &Company,
    lease: HostLease,
) -> Result<(), StoreError> {
    hub.check(lease)?;
    let before = company.before_looking();
    let others: Option<bool> = sqlx::query_scalar(RENEW)
        .bind(lease.host)
        .bind(lease.epoch)
        .bind(interval(database)?)
        .fetch_optional(&database.pulse)
        .await
        .map_err(|error| classify(&error))?;
    let others = others.ok_or_else(|| StoreError::LeaseLost(lease.to_string()))?;
    company.found(before, others);
    Ok(())
}

/// How many other hosts live.
pub(crate) async fn others(database: &Database, hub: &Hub, lease: HostLease) -> Result<u32, StoreError> {
    check_epoch(database, hub, lease).await?;
    let others: i64 = sqlx::query_scalar(OTHERS)
        .bind(hub.id)
        .bind(lease.host)
        .fetch_one(&database.pool)
        .await
        .map_err(|error| classify(&error))?;
    Ok(u32::try_from(others).unwrap_or(u32::MAX))
}

/// Ends the epochs of the dead, and in later statements makes nobody's what they had.
pub(crate) async fn take_over(database: &Database, hub: &Hub, lease: HostLease) -> Result<u32, StoreError> {
    hub.check(lease)?;
    let dead: i64 = sqlx::query_scalar(END_DEAD)
        .bind(hub.id)
        .bind(lease.host)
        .bind(lease.epoch)
        .fetch_one(&database.pool)
        .await
        .map_err(|error| lost(&error, lease))?;
    clear_ended(database, hub).await?;
    Ok(u32::try_from(dead).unwrap_or(u32::MAX))
}

/// Ends an epoch, if it is the current one, and gives back what it had.
pub(crate) async fn deregister(database: &Database, hub: &Hub, lease: HostLease) -> Result<(), StoreError> {
    hub.check(lease)?;
    sqlx::query(END_OWN)
        .bind(hub.id)
        .bind(lease.host)
        .bind(lease.epoch)
        .execute(&database.pool)
        .await
        .map_err(|error| classify_write(&error))?;
    clear_ended(database, hub).await
}

/// Makes nobody's whatever epochs of this hub own that are over, also what somebody else has left half done.
pub(crate) async fn clear_ended(database: &Database, hub: &Hub) -> Result<(), StoreError> {
    loop {
        let more: bool = sqlx::query_scalar(CLEAR)
            .bind(hub.id)
            .bind(ROWS)
            .fetch_one(&database.pool)
            .await
            .map_err(|error| classify(&error))?;
        if !more {
            return Ok(());
        }
    }
}

/// Which of these are finished or gone.
pub(crate) async fn finished(
    database: &Database,
    hub: &Hub,
    ids: Vec<InstanceId>,
) -> Result<Vec<InstanceId>, StoreError> {
    let asked: Vec<&str> = ids.iter().map(InstanceId::as_str).collect();
    let ids: Vec<String> = sqlx::query_scalar(FINISHED)
        .bind(hub.id)
        .bind(asked)
        .bind(rows::status_number(RuntimeStatus::Completed))
        .fetch_all(&database.pool)
        .await
        .map_err(|error| classify(&error))?;
    Ok(ids.into_iter().map(InstanceId::from_stored).collect())
}

/// Which of these calls nobody waits for.
pub(crate) async fn pointless(
    database: &Database,
    hub: &Hub,
    lease: HostLease,
    tasks: &[TaskRef],
) -> Result<Vec<TaskRef>, StoreError> {
    hub.check(lease)?;
    let (instances, generations, numbers) = columns_of(tasks)?;
    let rows = sqlx::query(POINTLESS)
        .bind(instances)
        .bind(generations)
        .bind(numbers)
        .fetch_all(&database.pool)
        .await
        .map_err(|error| classify(&error))?;
    rows.iter().map(|row| columns("tasks", row).task()).collect()
}

/// Messages that wait for this host's instances, oldest first.
pub(crate) async fn unread(
    database: &Database,
    hub: &Hub,
    lease: HostLease,
    limit: u32,
) -> Result<Vec<(InstanceKey, MessageId)>, StoreError> {
    check_epoch(database, hub, lease).await?;
    let rows: Vec<(i64, i64)> = sqlx::query_as(UNREAD)
        .bind(lease.epoch)
        .bind(i64::from(limit))
        .fetch_all(&database.pool)
        .await
        .map_err(|error| classify(&error))?;
    Ok(rows.into_iter().map(|(key, message)| (InstanceKey(key), MessageId(message))).collect())
}

/// Calls that this host has leased.
pub(crate) async fn leased(
    database: &Database,
    hub: &Hub,
    lease: HostLease,
) -> Result<Vec<TaskRef>, StoreError> {
    check_epoch(database, hub, lease).await?;
    let rows = sqlx::query(LEASED)
        .bind(lease.epoch)
        .fetch_all(&database.pool)
        .await
        .map_err(|error| classify(&error))?;
    rows.iter().map(|row| columns("tasks", row).task()).collect()
}

/// Whether a lease is of the current epoch.
pub(crate) async fn check_epoch(database: &Database, hub: &Hub, lease: HostLease) -> Result<(), StoreError> {
    hub.check(lease)?;
    let current: bool = sqlx::query_scalar(CURRENT)
        .bind(lease.host)
        .bind(lease.epoch)
        .fetch_one(&database.pool)
        .await
        .map_err(|error| classify(&error))?;
    if current { Ok(()) } else { Err(StoreError::LeaseLost(lease.to_string())) }
}

/// Instances, executions and task numbers.
type CallColumns = (Vec<i64>, Vec<i32>, Vec<i64>);

/// Calls as one array per column.
pub(crate) fn columns_of(tasks: &[TaskRef]) -> Result<CallColumns, StoreError> {
    let instances = tasks.iter().map(|task| task.instance.0).collect();
    let generations = tasks.iter().map(|task| fit(task.generation)).collect::<Result<_, _>>()?;
    let numbers = tasks.iter().map(|task| i64::from(task.task)).collect();
    Ok((instances, generations, numbers))
}
