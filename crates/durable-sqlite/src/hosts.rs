//! What an engine asks of a store on behalf of those who are elsewhere: who has finished, which work is pointless.

use durable_core::{
    model::{HostLease, InstanceKey, TaskRef},
    store::StoreError,
};
use fnhost_protocol::{ids::InstanceId, status::RuntimeStatus};

use crate::{
    columns::{status_number, to_json},
    database::Database,
    error::classify,
    hub::Hub,
};

/// Those ids of $2 under which no orchestration is alive; the statuses from $3 on are final.
const FINISHED: &str = "
SELECT asked.value FROM json_each($2) AS asked WHERE NOT EXISTS (
    SELECT 1 FROM instances WHERE hub = $1 AND id = asked.value AND status < $3)";

/// Those calls of $1 that are recorded nowhere.
const POINTLESS: &str = "
SELECT asked.value ->> 0, asked.value ->> 1, asked.value ->> 2 FROM json_each($1) AS asked WHERE NOT EXISTS (
    SELECT 1 FROM tasks WHERE instance = asked.value ->> 0 AND generation = asked.value ->> 1
                          AND task = asked.value ->> 2)";

/// For what must be true of each.
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
        .bind(to_json("a list of ids", &ids)?)
        .bind(status_number(RuntimeStatus::Completed))
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
        .bind(to_json("a list of tasks", &refs)?)
        .fetch_all(&database.readers)
        .await
        .map_err(|error| classify(&error))?;
    let task = |(instance, generation, task)| TaskRef { instance: InstanceKey(instance), generation, task };
    Ok(rows.into_iter().map(task).collect())
}
