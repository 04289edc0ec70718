//! Scheduled messages that wait for their time, answers to clients of other hosts, and the removal of entities that are
//! nothing but a row.

use durable_core::{
    model::HostLease,
    rows,
    store::{ClientReply, RemovedEntities, Scheduled, StoreError},
};
use fnhost_protocol::{ids::InstanceId, time::Timestamp};

use crate::{
    columns::columns,
    database::Database,
    error::classify,
    hosts::{check_epoch, lost},
    hub::Hub,
};

/// Those that are due, in order.
const DUE: &str = "
SELECT key, due, id, name, format, message FROM scheduled WHERE hub = $1 AND due <= $2 ORDER BY due, key LIMIT $3";

/// When the first is due that comes after ($2, $3).
const NEXT: &str = "
SELECT due FROM scheduled WHERE hub = $1 AND (due, key) > ($2, $3) ORDER BY due, key LIMIT 1";

const TAKE_REPLIES: &str = "DELETE FROM replies WHERE epoch = $1 RETURNING id, reply";

/// Entities after $2 that are nothing but a row, in order: a message in the inbox keeps an entity, as do a state and a
/// lock. No id of an entity stands outside `@` to `A`.
const EMPTY: &str = "
SELECT key, id FROM instances
WHERE hub = $1 AND hub > 0 AND id > $2 AND id < 'A' AND kind = 1 AND state IS NULL AND lock IS NULL
  AND NOT EXISTS (SELECT FROM inbox WHERE inbox.instance = instances.key OFFSET 0)
ORDER BY id LIMIT $3";

const REMOVE_EMPTY: &str = "SELECT remove_empty_entities($1, $2, $3, $4)";

/// Scheduled messages that are due at `until`, and when the next one is.
pub(crate) async fn scheduled(
    database: &Database,
    hub: &Hub,
    until: Timestamp,
    limit: u32,
) -> Result<Scheduled, StoreError> {
    let rows = sqlx::query(DUE)
        .bind(hub.id)
        .bind(until.as_micros())
        .bind(i64::from(limit))
        .fetch_all(&database.pool)
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
        .fetch_optional(&database.pool)
        .await
        .map_err(|error| classify(&error))?;
    Ok(Scheduled { due, next: next.map(Timestamp::from_micros) })
}

/// Takes the answers that others have left for clients of this host.
pub(crate) async fn take_replies(
    database: &Database,
    hub: &Hub,
    lease: HostLease,
) -> Result<Vec<ClientReply>, StoreError> {
    check_epoch(database, hub, lease).await?;
    let rows = sqlx::query(TAKE_REPLIES)
        .bind(lease.epoch)
        .fetch_all(&database.pool)
        .await
        .map_err(|error| classify(&error))?;
    rows.iter().map(|row| columns("replies", row).json("reply")).collect()
}

/// Removes entities that are nothing but a row. They have no other rows: entities leave no history and no tasks.
pub(crate) async fn remove_empty(
    database: &Database,
    hub: &Hub,
    lease: HostLease,
    after: Option<InstanceId>,
    limit: u32,
) -> Result<RemovedEntities, StoreError> {
    check_epoch(database, hub, lease).await?;
    // Looked for without locks, which may take long where there are many entities.
    let mut found: Vec<(i64, String)> = sqlx::query_as(EMPTY)
        .bind(hub.id)
        .bind(after.as_ref().map_or("@", InstanceId::as_str))
        .bind(i64::from(limit) + 1)
        .fetch_all(&database.pool)
        .await
        .map_err(|error| classify(&error))?;
    let more = found.len() > limit as usize;
    found.truncate(limit as usize);
    if found.is_empty() {
        return Ok(RemovedEntities::default());
    }
    let keys: Vec<i64> = found.iter().map(|(key, _)| *key).collect();
    let removed: i64 = sqlx::query_scalar(REMOVE_EMPTY)
        .bind(hub.id)
        .bind(lease.host)
        .bind(lease.epoch)
        .bind(keys)
        .fetch_one(&database.pool)
        .await
        .map_err(|error| lost(&error, lease))?;
    let continuation = found.pop().filter(|_| more).map(|(_, id)| InstanceId::from_stored(id));
    Ok(RemovedEntities { removed: u32::try_from(removed).unwrap_or(u32::MAX), continuation })
}
