//! Taking work that nobody has, and giving it back.

use std::collections::HashSet;

use sqlx::sqlite::SqliteRow;

use durable_core::{
    model::{HostLease, InstanceKey, LeasedTask, TaskRef},
    rows,
    store::{ClaimRequest, Claimed, StoreError},
};

use crate::{
    columns::columns,
    database::Database,
    error::classify,
    hub::{FENCE_EPOCH, Hub, run_fenced},
    script::{Script, Values},
    suspects::{SETTLE_CLAIMED, counted_call},
};

/// Whether there may be anything to take, and whether the one who asks may take it.
const LOOK: &str = "
SELECT id, epoch, EXISTS (SELECT 1 FROM tasks WHERE hub = $1 AND owner IS NULL) AS tasks FROM hubs WHERE id = $1";

/// Instances with a message that nobody of this epoch owns, oldest message first. Only the oldest message of an
/// inbox counts, so that an instance is found once. Passes over the messages of all instances that are owned.
const WAITING: &str = "
SELECT instance FROM inbox AS message CROSS JOIN instances AS waiting ON waiting.key = message.instance
WHERE waiting.hub = $1 AND waiting.owner IS NOT $2
  AND NOT EXISTS (SELECT 1 FROM inbox AS older WHERE older.instance = message.instance AND older.id < message.id)
ORDER BY message.id LIMIT $3";

/// Those of the instances in $3 for which this is still true.
const CLAIM_INSTANCES: &str = "
UPDATE instances SET owner = $2
WHERE key IN (SELECT value FROM json_each($3)) AND owner IS NOT $2
  AND EXISTS (SELECT 1 FROM inbox WHERE inbox.instance = instances.key)
RETURNING key";

const CLAIM_TASKS: &str = concat!(
    "
UPDATE tasks SET owner = $2, attempt = attempt + 1 WHERE (instance, generation, task) IN (
    SELECT instance, generation, task FROM tasks
    WHERE hub = $1 AND owner IS NULL ORDER BY place LIMIT $4)
RETURNING instance, generation, task, place, name, input, attempt, policy_attempt,
          (SELECT id FROM instances WHERE instances.key = tasks.instance) AS instance_id, ",
    counted_call!(),
    " AS suspicion"
);

const RELEASE: &str = "
UPDATE tasks SET owner = NULL, attempt = attempt - 1
WHERE owner = $2 AND hub = $1 AND (instance, generation, task) IN (
    SELECT value ->> 0, value ->> 1, value ->> 2 FROM jsonb_each($3))";

/// For what must be true of each.
#[cfg(test)]
pub(crate) const STATEMENTS: [&str; 5] = [LOOK, WAITING, CLAIM_INSTANCES, CLAIM_TASKS, RELEASE];

/// Takes at most as much as asked for, oldest first.
pub(crate) async fn claim(
    database: &Database,
    hub: Hub,
    lease: HostLease,
    request: ClaimRequest,
) -> Result<Claimed, StoreError> {
    hub.check(lease)?;
    let waiting = waiting(database, hub, lease, request).await?;
    // Most sweeps end here, without holding up commits.
    if waiting.instances.is_empty() && !waiting.tasks {
        return Ok(Claimed::default());
    }
    let values = Values::default()
        .with(hub.id)?
        .with(lease.epoch)?
        .with(rows::to_json("a list of instances", &waiting.instances)?)?
        .with(i64::from(request.tasks))?;
    let script =
        Script::begin().then(FENCE_EPOCH).then(SETTLE_CLAIMED).then(CLAIM_INSTANCES).then(CLAIM_TASKS);
    let (mut instances, mut tasks) = (HashSet::new(), Vec::new());
    let mut session = database.writer.session().await?;
    let read = |statement, row: &SqliteRow| {
        match statement {
            3 => _ = instances.insert(columns("instances", row).integer("key")?),
            _ => tasks.push(claimed_task(row)?),
        }
        Ok(())
    };
    // Committed only when every row is understood: otherwise work would be leased and never run.
    run_fenced(&mut session, lease, script, values, read).await?;
    session.transact(Script::go_on().commit(), Values::default(), |_, _| Ok(())).await?;
    drop(session);
    // What RETURNING answers has no order.
    tasks.sort_unstable_by_key(|(place, _)| *place);
    Ok(Claimed {
        instances: waiting
            .instances
            .into_iter()
            .filter(|key| instances.contains(key))
            .map(InstanceKey)
            .collect(),
        tasks: tasks.into_iter().map(|(_, task)| task).collect(),
    })
}

/// What a reader has found.
struct Waiting {
    /// In the order in which they are to be taken.
    instances: Vec<i64>,
    tasks: bool,
}

async fn waiting(
    database: &Database,
    hub: Hub,
    lease: HostLease,
    request: ClaimRequest,
) -> Result<Waiting, StoreError> {
    let failed = |error: sqlx::Error| classify(&error);
    let row = sqlx::query(LOOK).bind(hub.id).fetch_one(&database.readers).await.map_err(failed)?;
    let row = columns("hubs", &row);
    if row.integer("epoch")? != lease.epoch {
        return Err(StoreError::LeaseLost(lease.to_string()));
    }
    let tasks = request.tasks > 0 && row.integer("tasks")? != 0;
    let mut instances = Vec::new();
    if request.instances > 0 {
        instances = sqlx::query_scalar(WAITING)
            .bind(hub.id)
            .bind(lease.epoch)
            .bind(request.instances)
            .fetch_all(&database.readers)
            .await
            .map_err(failed)?;
    }
    Ok(Waiting { instances, tasks })
}

/// Makes calls queued again that this host had leased and not begun, at their old place.
pub(crate) async fn release(
    database: &Database,
    hub: Hub,
    lease: HostLease,
    tasks: &[TaskRef],
) -> Result<(), StoreError> {
    hub.check(lease)?;
    let refs: Vec<_> = tasks.iter().map(|task| (task.instance.0, task.generation, task.task)).collect();
    let values =
        Values::default().with(hub.id)?.with(lease.epoch)?.with(rows::to_json("a list of tasks", &refs)?)?;
    let script = Script::begin().then(FENCE_EPOCH).then(RELEASE).commit();
    let mut session = database.writer.session().await?;
    run_fenced(&mut session, lease, script, values, |_, _| Ok(())).await
}

fn claimed_task(row: &SqliteRow) -> Result<(i64, LeasedTask), StoreError> {
    let row = columns("tasks", row);
    Ok((row.integer("place")?, rows::call(&row, rows::suspicion(&row)?)?))
}
