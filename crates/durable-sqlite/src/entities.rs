//! Scheduled messages that wait for their time, and the removal of entities that are nothing but a row.

use sqlx::sqlite::SqliteRow;

use durable_core::{
    model::HostLease,
    rows,
    store::{RemovedEntities, Scheduled, StoreError},
};
use fnhost_protocol::{ids::InstanceId, time::Timestamp};

use crate::{
    columns::columns,
    database::Database,
    error::classify,
    hub::{FENCE_EPOCH, Hub, run_fenced},
    script::{Script, Values},
};

/// Those that are due, in order.
const DUE: &str = "
SELECT key, due, id, name, format, message FROM scheduled WHERE hub = $1 AND due <= $2 ORDER BY due, key LIMIT $3";

/// When the first is due that comes after ($2, $3).
const NEXT: &str = "
SELECT due FROM scheduled WHERE hub = $1 AND (due, key) > ($2, $3) ORDER BY due, key LIMIT 1";

/// Entities after $2 that are nothing but a row, in order: a message in the inbox keeps an entity, as do a state and a
/// lock. No id of an entity stands outside `@` to `A`.
const EMPTY: &str = "
SELECT key, id FROM instances
WHERE hub = $1 AND id > $2 AND id < 'A' AND kind = 1 AND state IS NULL AND lock IS NULL
  AND NOT EXISTS (SELECT 1 FROM inbox WHERE inbox.instance = instances.key)
ORDER BY id LIMIT $3";

/// Those of $3 for which this is still true.
const REMOVE_EMPTY: &str = "
DELETE FROM instances
WHERE key IN (SELECT value FROM json_each($3)) AND state IS NULL AND lock IS NULL
  AND NOT EXISTS (SELECT 1 FROM inbox WHERE inbox.instance = instances.key)
RETURNING key";

/// For what must be true of each.
#[cfg(test)]
pub(crate) const STATEMENTS: [&str; 4] = [DUE, NEXT, EMPTY, REMOVE_EMPTY];

/// Scheduled messages that are due at `until`, and when the next one is.
pub(crate) async fn scheduled(
    database: &Database,
    hub: Hub,
    until: Timestamp,
    limit: u32,
) -> Result<Scheduled, StoreError> {
    let rows = sqlx::query(DUE)
        .bind(hub.id)
        .bind(until.as_micros())
        .bind(limit)
        .fetch_all(&database.readers)
        .await
        .map_err(|error| classify(&error))?;
    let due =
        rows.iter().map(|row| rows::scheduled(&columns("scheduled", row))).collect::<Result<Vec<_>, _>>()?;
    let (time, key) =
        due.last().map_or((i64::MIN, i64::MIN), |message| (message.due.as_micros(), message.entity.key.0));
    let next: Option<i64> = sqlx::query_scalar(NEXT)
        .bind(hub.id)
        .bind(time)
        .bind(key)
        .fetch_optional(&database.readers)
        .await
        .map_err(|error| classify(&error))?;
    Ok(Scheduled { due, next: next.map(Timestamp::from_micros) })
}

/// Removes entities that are nothing but a row. They have no other rows: entities leave no history and no tasks.
pub(crate) async fn remove_empty(
    database: &Database,
    hub: Hub,
    lease: HostLease,
    after: Option<InstanceId>,
    limit: u32,
) -> Result<RemovedEntities, StoreError> {
    hub.check_epoch(database, lease).await?;
    // Looked for by a reader, which may take long where there are many entities, so that commits need not wait.
    let mut found: Vec<(i64, String)> = sqlx::query_as(EMPTY)
        .bind(hub.id)
        .bind(after.as_ref().map_or("@", InstanceId::as_str))
        .bind(i64::from(limit) + 1)
        .fetch_all(&database.readers)
        .await
        .map_err(|error| classify(&error))?;
    let more = found.len() > limit as usize;
    found.truncate(limit as usize);
    if found.is_empty() {
        return Ok(RemovedEntities::default());
    }
    let keys: Vec<i64> = found.iter().map(|(key, _)| *key).collect();
    let values =
        Values::default().with(hub.id)?.with(lease.epoch)?.with(rows::to_json("a list of keys", &keys)?)?;
    let script = Script::begin().then(FENCE_EPOCH).then(REMOVE_EMPTY).commit();
    let mut removed = 0;
    let count = |_, _: &SqliteRow| {
        removed += 1;
        Ok(())
    };
    let mut session = database.writer.session().await?;
    run_fenced(&mut session, lease, script, values, count).await?;
    let continuation = found.pop().filter(|_| more).map(|(_, id)| InstanceId::from_stored(id));
    Ok(RemovedEntities { removed, continuation })
}
