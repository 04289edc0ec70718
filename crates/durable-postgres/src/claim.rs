//! Taking work that nobody has, and giving it back.

use sqlx::postgres::PgRow;

use durable_core::{
    model::{HostLease, LeasedTask, TaskRef},
    rows,
    store::{ClaimRequest, Claimed, StoreError},
};

use crate::{
    columns::columns,
    database::Database,
    error::classify_write,
    hosts::{columns_of, lost},
    hub::Hub,
    suspects::of_call,
};

const CLAIM: &str = "
SELECT instance, generation, task, name, input, attempt, policy_attempt, instance_id, deaths,
       smallest_trial, alone, died_at
FROM claim_work($1, $2, $3, $4, $5)";

const RELEASE: &str = "
UPDATE tasks AS t SET owner = NULL, attempt = attempt - 1
FROM (SELECT instance, generation, task FROM unnest($3::int8[], $4::int4[], $5::int8[]) AS r (instance, generation, task)
      ORDER BY instance, generation, task) AS back
WHERE t.instance = ANY (ARRAY[back.instance]) AND (t.generation, t.task) = (back.generation, back.task)
  AND t.owner IS NOT DISTINCT FROM $2 AND EXISTS (SELECT FROM hosts WHERE id = $1 AND epoch = $2)";

/// Takes at most as much as asked for, oldest first.
pub(crate) async fn claim(
    database: &Database,
    hub: &Hub,
    lease: HostLease,
    request: ClaimRequest,
) -> Result<Claimed, StoreError> {
    hub.check(lease)?;
    let count = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
    let rows = sqlx::query(CLAIM)
        .bind(hub.id)
        .bind(lease.host)
        .bind(lease.epoch)
        .bind(count(request.instances))
        .bind(count(request.tasks))
        .fetch_all(&database.pool)
        .await
        .map_err(|error| lost(&error, lease))?;
    let mut claimed = Claimed::default();
    for row in &rows {
        match claimed_task(row)? {
            Some(task) => claimed.tasks.push(task),
            None => claimed.instances.push(columns("instances", row).instance_key("instance")?),
        }
    }
    Ok(claimed)
}

/// Makes calls queued again that this host had leased and not begun, at their old place.
pub(crate) async fn release(
    database: &Database,
    hub: &Hub,
    lease: HostLease,
    tasks: &[TaskRef],
) -> Result<(), StoreError> {
    hub.check(lease)?;
    let (instances, generations, numbers) = columns_of(tasks)?;
    sqlx::query(RELEASE)
        .bind(lease.host)
        .bind(lease.epoch)
        .bind(instances)
        .bind(generations)
        .bind(numbers)
        .execute(&database.pool)
        .await
        .map_err(|error| classify_write(&error))?;
    Ok(())
}

/// `None` for an instance.
fn claimed_task(row: &PgRow) -> Result<Option<LeasedTask>, StoreError> {
    let row = columns("tasks", row);
    if row.optional_integer("task")?.is_none() {
        return Ok(None);
    }
    Ok(Some(rows::call(&row, of_call(&row)?)?))
}
