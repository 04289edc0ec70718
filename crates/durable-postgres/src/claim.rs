//! Taking work that nobody has, and giving it back.

use sqlx::postgres::PgRow;

use durable_core::{
    model::{HostLease, InstanceKey, LeasedTask, TaskRef},
    store::{ClaimRequest, Claimed, StoreError},
};
use fnhost_protocol::{ids::InstanceId, json::JsonText};

use crate::{
    columns::Columns,
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
WHERE (t.instance, t.generation, t.task) = (back.instance, back.generation, back.task)
  AND t.owner = $2 AND EXISTS (SELECT FROM hosts WHERE id = $1 AND epoch = $2)";

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
            None => claimed.instances.push(InstanceKey(Columns::of("instances", row).get("instance")?)),
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
    let row = Columns::of("tasks", row);
    if row.get::<Option<i64>>("task")?.is_none() {
        return Ok(None);
    }
    let task = TaskRef {
        instance: InstanceKey(row.get("instance")?),
        generation: row.number("generation")?,
        task: row.number("task")?,
    };
    let id: Option<String> = row.get("instance_id")?;
    Ok(Some(LeasedTask {
        task,
        instance_id: InstanceId::from_stored(id.ok_or_else(|| row.bad("its instance is missing"))?),
        name: row.get("name")?,
        input: JsonText::from_stored(row.get::<String>("input")?),
        attempt: row.number("attempt")?,
        policy_attempt: row.number("policy_attempt")?,
        suspicion: of_call(&row)?,
    }))
}
