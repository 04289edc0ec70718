//! What others may see: statuses, entities, pages of them in the order of ids.
//!
//! A page continues after the last id of the one before, so rows that come and go meanwhile neither repeat nor
//! hide others. It is read in two steps of one moment: which rows have room on it, and what they hold.

use sqlx::{Postgres, Transaction, postgres::PgRow};

use durable_core::{
    paging::{Cut, Range, entity_ids, orchestration_ids},
    rows,
    store::{StoreError, StoredStatus},
};
use fnhost_protocol::{
    ids::InstanceId,
    status::{EntityQuery, EntityStatus, InstanceQuery, InstanceStatus, Page},
    time::Timestamp,
};

use crate::{columns::columns, database::Database, error::classify, hub::Hub};

const MOMENT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

const STATUS: &str = "
SELECT key, id, name, status, generation, created_at, updated_at, custom_status, output, failure,
       CASE WHEN $3 THEN input END AS input
FROM instances WHERE hub = $1 AND hub > 0 AND id = $2 AND kind = 0";

/// Which instances are on a page, and what they weigh; `octet_length` does not read the text. $2 to $4: the range of
/// ids. $6: a bit per status.
const INSTANCES: &str = "
SELECT key, id, coalesce(octet_length(custom_status), 0) + coalesce(octet_length(output), 0)
       + coalesce(octet_length(failure), 0)
       + CASE WHEN $5 THEN coalesce(octet_length(input), 0) ELSE 0 END AS bytes
FROM instances
WHERE hub = $1 AND hub > 0 AND id >= $2 AND id > $3 AND id < $4 AND kind = 0
  AND ($6 >> status::int4) & 1 = 1 AND created_at BETWEEN $7 AND $8
ORDER BY id LIMIT $9";

const SHOWN_INSTANCES: &str = "
SELECT key, id, name, status, generation, created_at, updated_at, custom_status, output, failure,
       CASE WHEN $2 THEN input END AS input
FROM instances WHERE key = ANY ($1)";

/// As [`INSTANCES`].
const ENTITIES: &str = "
SELECT key, id, CASE WHEN $5 THEN octet_length(state) ELSE 0 END AS bytes
FROM instances
WHERE hub = $1 AND hub > 0 AND id >= $2 AND id > $3 AND id < $4 AND kind = 1
  AND state IS NOT NULL AND updated_at BETWEEN $6 AND $7
ORDER BY id LIMIT $8";

const SHOWN_ENTITIES: &str = "
SELECT key, id, updated_at, CASE WHEN $2 THEN state END AS state FROM instances WHERE key = ANY ($1)";

const ENTITY: &str = "
SELECT key, id, updated_at, state FROM instances
WHERE hub = $1 AND hub > 0 AND id = $2 AND kind = 1 AND state IS NOT NULL";

/// The status of one orchestration.
pub(crate) async fn status(
    database: &Database,
    hub: &Hub,
    id: &InstanceId,
    show_input: bool,
) -> Result<Option<StoredStatus>, StoreError> {
    let row = sqlx::query(STATUS)
        .bind(hub.id)
        .bind(id.as_str())
        .bind(show_input)
        .fetch_optional(&database.pool)
        .await
        .map_err(failed)?;
    row.as_ref().map(|row| rows::stored_status(&columns("instances", row))).transpose()
}

/// A page of orchestrations.
pub(crate) async fn instances(
    database: &Database,
    hub: &Hub,
    query: &InstanceQuery,
) -> Result<Page<InstanceStatus>, StoreError> {
    let mut moment = database.pool.begin_with(MOMENT).await.map_err(failed)?;
    let mut cut = Cut::new(query.top);
    for range in orchestration_ids(query.id_prefix.as_deref(), query.continuation.as_deref()) {
        let end = end_of(&range);
        let rows = sqlx::query(INSTANCES)
            .bind(hub.id)
            .bind(range.from)
            .bind(range.after)
            .bind(end)
            .bind(query.show_input)
            .bind(rows::status_bits(query))
            .bind(query.created_from.map_or(i64::MIN, Timestamp::as_micros))
            .bind(query.created_to.map_or(i64::MAX, Timestamp::as_micros))
            .bind(cut.wanted())
            .fetch_all(&mut *moment)
            .await
            .map_err(failed)?;
        take_all(&mut cut, &rows)?;
    }
    let rows = shown(moment, SHOWN_INSTANCES, &cut, query.show_input).await?;
    let mut items = rows
        .iter()
        .map(|row| Ok(rows::stored_status(&columns("instances", row))?.status))
        .collect::<Result<Vec<_>, StoreError>>()?;
    items.sort_unstable_by(|one, other| one.instance.cmp(&other.instance));
    Ok(Page { items, continuation: cut.continuation() })
}

/// A page of entities that have a state.
pub(crate) async fn entities(
    database: &Database,
    hub: &Hub,
    query: &EntityQuery,
) -> Result<Page<EntityStatus>, StoreError> {
    let mut moment = database.pool.begin_with(MOMENT).await.map_err(failed)?;
    let mut cut = Cut::new(query.top);
    if let Some(range) = entity_ids(query.name.as_deref(), query.continuation.as_deref()) {
        let end = end_of(&range);
        let rows = sqlx::query(ENTITIES)
            .bind(hub.id)
            .bind(range.from)
            .bind(range.after)
            .bind(end)
            .bind(query.fetch_state)
            .bind(query.last_operation_from.map_or(i64::MIN, Timestamp::as_micros))
            .bind(query.last_operation_to.map_or(i64::MAX, Timestamp::as_micros))
            .bind(cut.wanted())
            .fetch_all(&mut *moment)
            .await
            .map_err(failed)?;
        take_all(&mut cut, &rows)?;
    }
    let rows = shown(moment, SHOWN_ENTITIES, &cut, query.fetch_state).await?;
    let mut items = rows
        .iter()
        .map(|row| rows::entity_status(&columns("instances", row)))
        .collect::<Result<Vec<_>, _>>()?;
    items.sort_by_cached_key(|status| status.entity.instance_id());
    Ok(Page { items, continuation: cut.continuation() })
}

/// One entity with its state.
pub(crate) async fn entity(
    database: &Database,
    hub: &Hub,
    id: &InstanceId,
) -> Result<Option<EntityStatus>, StoreError> {
    let row = sqlx::query(ENTITY)
        .bind(hub.id)
        .bind(id.as_str())
        .fetch_optional(&database.pool)
        .await
        .map_err(failed)?;
    row.as_ref().map(|row| rows::entity_status(&columns("instances", row))).transpose()
}

/// An end that no id reaches stands for none, so that the statement is one range of the index.
fn end_of(range: &Range) -> String {
    range.before.clone().unwrap_or_else(|| char::MAX.to_string().repeat(300))
}

fn take_all(cut: &mut Cut, rows: &[PgRow]) -> Result<(), StoreError> {
    for row in rows {
        let row = columns("instances", row);
        cut.take(row.integer("key")?, row.text("id")?.to_owned(), row.number("bytes")?);
    }
    Ok(())
}

/// The rows of a page, of the moment in which they were counted, in no order.
async fn shown(
    mut moment: Transaction<'_, Postgres>,
    statement: &'static str,
    cut: &Cut,
    with_payload: bool,
) -> Result<Vec<PgRow>, StoreError> {
    let rows = sqlx::query(statement).bind(cut.keys()).bind(with_payload).fetch_all(&mut *moment).await;
    moment.commit().await.map_err(failed)?;
    rows.map_err(failed)
}

fn failed(error: sqlx::Error) -> StoreError {
    classify(&error)
}
