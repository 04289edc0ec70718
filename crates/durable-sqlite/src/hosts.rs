//! What an engine asks of a store that others write to as well: who has finished, which work is pointless, what waits
//! for this host.

use durable_core::{
    model::{HostLease, InstanceKey, MessageId, TaskRef},
    rows,
    store::StoreError,
};
use fnhost_protocol::{ids::InstanceId, status::RuntimeStatus};

use crate::{database::Database, error::classify, hub::Hub};

/// Those ids of $2 under which no orchestration is alive; the statuses from $3 on are final.
const FINISHED: &str = "
SELECT asked.value FROM json_each($2) AS asked WHERE NOT EXISTS (
    SELECT 1 FROM instances WHERE hub = $1 AND id = asked.value AND status < $3)";

/// Those calls of $1 that are recorded nowhere.
const POINTLESS: &str = "
SELECT asked.value ->> 0, asked.value ->> 1, asked.value ->> 2 FROM json_each($1) AS asked WHERE NOT EXISTS (
    SELECT 1 FROM tasks WHERE instance = asked.value ->> 0 AND generation = asked.value ->> 1
                          AND task = asked.value ->> 2)";

/// Messages for instances of the epoch $2 in hub $1.
const UNREAD: &str = "
SELECT message.instance, message.id FROM inbox AS message
CROSS JOIN instances AS mine ON mine.key = message.instance
WHERE mine.hub = $1 AND mine.owner = $2 ORDER BY message.id LIMIT $3";

/// Calls that the epoch $2 of hub $1 has leased.
const LEASED: &str = "SELECT instance, generation, task FROM tasks WHERE hub = $1 AND owner = $2";

/// For what must be true of each. The two about this host alone may read whole queues: they are asked only after a claim
/// whose outcome is unknown.
#[cfg(test)]
pub(crate) const STATEMENTS: [&str; 2] = [FINISHED, POINTLESS];

/// Which of these are finished or gone.
pub(crate) async fn finished(
    database: &Database,
    hub: Hub,
    ids: Vec<InstanceId>,
) -> Result<Vec<InstanceId>, StoreError> {
    let ids: Vec<String> = sqlx::query_scalar(FINISHED)
        .bind(hub.id)
        .bind(rows::to_json("a list of ids", &ids)?)
        .bind(rows::status_number(RuntimeStatus::Completed))
        .fetch_all(&database.readers)
        .await
        .map_err(|error| classify(&error))?;
    Ok(ids.into_iter().map(InstanceId::from_stored).collect())
}

/// Which of these calls nobody waits for.
pub(crate) async fn pointless(
    database: &Database,
    hub: Hub,
    lease: HostLease,
    tasks: Vec<TaskRef>,
) -> Result<Vec<TaskRef>, StoreError> {
    hub.check(lease)?;
    let refs: Vec<_> = tasks.iter().map(|task| (task.instance.0, task.generation, task.task)).collect();
    let rows: Vec<(i64, u32, u32)> = sqlx::query_as(POINTLESS)
        .bind(rows::to_json("a list of tasks", &refs)?)
        .fetch_all(&database.readers)
        .await
        .map_err(|error| classify(&error))?;
    Ok(rows.into_iter().map(task).collect())
}

/// Messages that wait for this host's instances, oldest first.
pub(crate) async fn unread(
    database: &Database,
    hub: Hub,
    lease: HostLease,
    limit: u32,
) -> Result<Vec<(InstanceKey, MessageId)>, StoreError> {
    hub.check_epoch(database, lease).await?;
    let rows: Vec<(i64, i64)> = sqlx::query_as(UNREAD)
        .bind(hub.id)
        .bind(lease.epoch)
        .bind(limit)
        .fetch_all(&database.readers)
        .await
        .map_err(|error| classify(&error))?;
    Ok(rows.into_iter().map(|(key, message)| (InstanceKey(key), MessageId(message))).collect())
}

/// Calls that this host has leased.
pub(crate) async fn leased(
    database: &Database,
    hub: Hub,
    lease: HostLease,
) -> Result<Vec<TaskRef>, StoreError> {
    hub.check_epoch(database, lease).await?;
    let rows: Vec<(i64, u32, u32)> = sqlx::query_as(LEASED)
        .bind(hub.id)
        .bind(lease.epoch)
        .fetch_all(&database.readers)
        .await
        .map_err(|error| classify(&error))?;
    Ok(rows.into_iter().map(task).collect())
}

fn task((instance, generation, task): (i64, u32, u32)) -> TaskRef {
    TaskRef { instance: InstanceKey(instance), generation, task }
}
