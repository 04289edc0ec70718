//! What others may see: statuses, entities, pages of them in the order of ids.
//!
//! A page continues after the last id of the one before, so rows that come and go meanwhile neither repeat nor
//! hide others.

use sqlx::sqlite::SqliteRow;

use durable_core::{
    model::InstanceKey,
    store::{MAX_PAGE, StoreError, StoredStatus},
};
use fnhost_protocol::{
    ids::{EntityId, InstanceId},
    json::JsonText,
    status::{EntityQuery, EntityStatus, InstanceQuery, InstanceStatus, Page},
    time::Timestamp,
};

use crate::{
    columns::{Columns, status_number},
    database::Database,
    error::classify,
    hub::Hub,
    query::range::{Range, entity_ids, orchestration_ids},
};

mod range;

const STATUS: &str = "
SELECT key, id, name, status, generation, created_at, updated_at, custom_status, output, failure,
       CASE WHEN $3 THEN (SELECT input FROM inputs WHERE inputs.instance = instances.key) END AS input
FROM instances WHERE hub = $1 AND id = $2 AND kind = 0";

/// $2 to $4: the range of ids; text sorts before any blob, so that no end is `x''`. $5: a bit per status.
const INSTANCES: &str = "
SELECT key, id, name, status, generation, created_at, updated_at, custom_status, output, failure,
       CASE WHEN $4 THEN (SELECT input FROM inputs WHERE inputs.instance = instances.key) END AS input
FROM instances
WHERE hub = $1 AND id >= $2 AND id < coalesce($3, x'') AND kind = 0
  AND ($5 >> status) & 1 AND created_at BETWEEN $6 AND $7
ORDER BY id LIMIT $8";

const ENTITIES: &str = "
SELECT key, id, updated_at, CASE WHEN $4 THEN state END AS state
FROM instances
WHERE hub = $1 AND id >= $2 AND id < coalesce($3, x'') AND kind = 1
  AND state IS NOT NULL AND updated_at BETWEEN $5 AND $6
ORDER BY id LIMIT $7";

const ENTITY: &str = "
SELECT key, id, updated_at, state FROM instances WHERE hub = $1 AND id = $2 AND kind = 1 AND state IS NOT NULL";

/// For what must be true of each.
#[cfg(test)]
pub(crate) const STATEMENTS: [&str; 4] = [STATUS, INSTANCES, ENTITIES, ENTITY];

/// The status of one orchestration.
pub(crate) async fn status(
    database: &Database,
    hub: Hub,
    id: &InstanceId,
    show_input: bool,
) -> Result<Option<StoredStatus>, StoreError> {
    let row = sqlx::query(STATUS)
        .bind(hub.id)
        .bind(id.as_str())
        .bind(show_input)
        .fetch_optional(&database.readers)
        .await
        .map_err(|error| classify(&error))?;
    row.as_ref().map(stored_status).transpose()
}

/// A page of orchestrations.
pub(crate) async fn instances(
    database: &Database,
    hub: Hub,
    query: &InstanceQuery,
) -> Result<Page<InstanceStatus>, StoreError> {
    let mut page = Pager::new(query.top);
    for Range { from, before } in orchestration_ids(query.id_prefix.as_deref(), query.continuation.as_deref())
    {
        let rows = sqlx::query(INSTANCES)
            .bind(hub.id)
            .bind(from)
            .bind(before)
            .bind(query.show_input)
            .bind(status_bits(query))
            .bind(query.created_from.map_or(i64::MIN, Timestamp::as_micros))
            .bind(query.created_to.map_or(i64::MAX, Timestamp::as_micros))
            .bind(page.wanted())
            .fetch_all(&database.readers)
            .await
            .map_err(|error| classify(&error))?;
        page.add(&rows, |row| Ok(stored_status(row)?.status))?;
    }
    Ok(page.cut(|status| status.instance.to_string()))
}

/// A page of entities that have a state.
pub(crate) async fn entities(
    database: &Database,
    hub: Hub,
    query: &EntityQuery,
) -> Result<Page<EntityStatus>, StoreError> {
    let mut page = Pager::new(query.top);
    if let Some(Range { from, before }) = entity_ids(query.name.as_deref(), query.continuation.as_deref()) {
        let rows = sqlx::query(ENTITIES)
            .bind(hub.id)
            .bind(from)
            .bind(before)
            .bind(query.fetch_state)
            .bind(query.last_operation_from.map_or(i64::MIN, Timestamp::as_micros))
            .bind(query.last_operation_to.map_or(i64::MAX, Timestamp::as_micros))
            .bind(page.wanted())
            .fetch_all(&database.readers)
            .await
            .map_err(|error| classify(&error))?;
        page.add(&rows, entity_status)?;
    }
    Ok(page.cut(|status| status.entity.to_string()))
}

/// One entity with its state.
pub(crate) async fn entity(
    database: &Database,
    hub: Hub,
    id: &InstanceId,
) -> Result<Option<EntityStatus>, StoreError> {
    let row = sqlx::query(ENTITY)
        .bind(hub.id)
        .bind(id.as_str())
        .fetch_optional(&database.readers)
        .await
        .map_err(|error| classify(&error))?;
    row.as_ref().map(entity_status).transpose()
}

/// Rows of a page and one more, which tells whether there is a next page.
struct Pager<T> {
    size: usize,
    items: Vec<T>,
}

impl<T> Pager<T> {
    fn new(top: Option<u32>) -> Self {
        let size = top.map_or(MAX_PAGE, |top| top.clamp(1, MAX_PAGE)) as usize;
        Self { size, items: Vec::new() }
    }

    fn wanted(&self) -> i64 {
        (self.size + 1 - self.items.len()) as i64
    }

    fn add(
        &mut self,
        rows: &[SqliteRow],
        read: impl Fn(&SqliteRow) -> Result<T, StoreError>,
    ) -> Result<(), StoreError> {
        for row in rows {
            self.items.push(read(row)?);
        }
        Ok(())
    }

    fn cut(mut self, id: impl Fn(&T) -> String) -> Page<T> {
        let more = self.items.len() > self.size;
        self.items.truncate(self.size);
        let continuation = self.items.last().filter(|_| more).map(id);
        Page { items: self.items, continuation }
    }
}

/// One bit per wanted status, at its number.
fn status_bits(query: &InstanceQuery) -> i64 {
    if query.statuses.is_empty() {
        return -1;
    }
    query.statuses.iter().fold(0, |bits, status| bits | 1 << status_number(*status))
}

fn stored_status(row: &SqliteRow) -> Result<StoredStatus, StoreError> {
    let row = Columns::of("instances", row);
    let json = |column| Ok::<_, StoreError>(row.get::<Option<String>>(column)?.map(JsonText::from_stored));
    Ok(StoredStatus {
        key: InstanceKey(row.get("key")?),
        generation: row.number("generation")?,
        status: InstanceStatus {
            instance: InstanceId::from_stored(row.get::<String>("id")?),
            name: row.get("name")?,
            status: row.status("status")?,
            input: json("input")?,
            output: json("output")?,
            failure: row.optional_json("failure")?,
            custom_status: json("custom_status")?,
            created_at: Timestamp::from_micros(row.get("created_at")?),
            updated_at: Timestamp::from_micros(row.get("updated_at")?),
            history: None,
        },
    })
}

fn entity_status(row: &SqliteRow) -> Result<EntityStatus, StoreError> {
    let row = Columns::of("instances", row);
    let id: &str = row.get("id")?;
    Ok(EntityStatus {
        entity: EntityId::parse(id).map_err(|error| row.bad(format_args!("id `{id}`: {error}")))?,
        state: row.get::<Option<String>>("state")?.map(JsonText::from_stored),
        last_operation_at: Timestamp::from_micros(row.get("updated_at")?),
    })
}
