//! Taking work that nobody has, and giving it back.

use sqlx::sqlite::SqliteRow;

use durable_core::{
    model::{HostLease, InstanceKey, LeasedTask, TaskRef},
    store::{ClaimRequest, Claimed, StoreError},
};
use fnhost_protocol::{ids::InstanceId, json::JsonText};

use crate::{
    columns::{Columns, to_json},
    database::Database,
    hub::{FENCE_EPOCH, Hub, run_fenced},
    script::{Script, Values},
};

/// Instances with a message that nobody of this epoch owns, oldest message first. Only the oldest message of an
/// inbox counts, so that an instance is found once.
const CLAIM_INSTANCES: &str = "
UPDATE instances SET owner = $2 WHERE key IN (
    SELECT message.instance FROM inbox AS message CROSS JOIN instances AS waiting ON waiting.key = message.instance
    WHERE waiting.hub = $1 AND waiting.owner IS NOT $2
      AND NOT EXISTS (SELECT 1 FROM inbox AS older
                      WHERE older.instance = message.instance AND older.id < message.id)
    ORDER BY message.id LIMIT $3)
RETURNING key, (SELECT min(id) FROM inbox WHERE inbox.instance = instances.key) AS message";

const CLAIM_TASKS: &str = "
UPDATE tasks SET owner = $2, attempt = attempt + 1 WHERE (instance, generation, task) IN (
    SELECT instance, generation, task FROM tasks
    WHERE hub = $1 AND owner IS NULL ORDER BY place LIMIT $4)
RETURNING instance, generation, task, place, name, input, attempt,
          (SELECT id FROM instances WHERE instances.key = tasks.instance) AS instance_id";

const RELEASE: &str = "
UPDATE tasks SET owner = NULL, attempt = attempt - 1
WHERE owner = $2 AND hub = $1 AND (instance, generation, task) IN (
    SELECT value ->> 0, value ->> 1, value ->> 2 FROM jsonb_each($3))";

/// For what must be true of each.
#[cfg(test)]
pub(crate) const STATEMENTS: [&str; 3] = [CLAIM_INSTANCES, CLAIM_TASKS, RELEASE];

/// Takes at most as much as asked for, oldest first.
pub(crate) async fn claim(
    database: &Database,
    hub: Hub,
    lease: HostLease,
    request: ClaimRequest,
) -> Result<Claimed, StoreError> {
    hub.check(lease)?;
    let values = Values::default()
        .with(hub.id)?
        .with(lease.epoch)?
        .with(i64::from(request.instances))?
        .with(i64::from(request.tasks))?;
    let script = Script::begin().then(FENCE_EPOCH).then(CLAIM_INSTANCES).then(CLAIM_TASKS);
    let (mut instances, mut tasks) = (Vec::new(), Vec::new());
    let mut session = database.writer.session().await?;
    let read = |statement, row: &SqliteRow| {
        match statement {
            2 => instances.push(claimed_instance(row)?),
            _ => tasks.push(claimed_task(row)?),
        }
        Ok(())
    };
    // Committed only when every row is understood: otherwise work would be leased and never run.
    run_fenced(&mut session, lease, script, values, read).await?;
    session.transact(Script::go_on().commit(), Values::default(), |_, _| Ok(())).await?;
    drop(session);
    // What RETURNING answers has no order.
    instances.sort_unstable_by_key(|(message, _)| *message);
    tasks.sort_unstable_by_key(|(place, _)| *place);
    Ok(Claimed {
        instances: instances.into_iter().map(|(_, key)| key).collect(),
        tasks: tasks.into_iter().map(|(_, task)| task).collect(),
    })
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
        Values::default().with(hub.id)?.with(lease.epoch)?.with(to_json("a list of tasks", &refs)?)?;
    let script = Script::begin().then(FENCE_EPOCH).then(RELEASE).commit();
    let mut session = database.writer.session().await?;
    run_fenced(&mut session, lease, script, values, |_, _| Ok(())).await
}

fn claimed_instance(row: &SqliteRow) -> Result<(i64, InstanceKey), StoreError> {
    let row = Columns::of("instances", row);
    Ok((row.get("message")?, InstanceKey(row.get("key")?)))
}

fn claimed_task(row: &SqliteRow) -> Result<(i64, LeasedTask), StoreError> {
    let row = Columns::of("tasks", row);
    let task = TaskRef {
        instance: InstanceKey(row.get("instance")?),
        generation: row.number("generation")?,
        task: row.number("task")?,
    };
    let id: Option<String> = row.get("instance_id")?;
    let leased = LeasedTask {
        task,
        instance_id: InstanceId::from_stored(id.ok_or_else(|| row.bad("its instance is missing"))?),
        name: row.get("name")?,
        input: JsonText::from_stored(row.get::<String>("input")?),
        attempt: row.number("attempt")?,
    };
    Ok((row.get("place")?, leased))
}
