//! What has failed for good.

use sqlx::postgres::PgRow;

use durable_core::store::{OccurrenceId, Poisoned, PoisonedQuery, StoreError};
use fnhost_protocol::time::Timestamp;

use crate::{
    columns::columns,
    database::Database,
    error::{classify, classify_write},
    hub::Hub,
    occurrences::row::{occurrence, occurrence_columns},
};

/// All of a hub, or of its source $2; no more of each than the page holds.
const LIST: &str = concat!(
    "SELECT ",
    occurrence_columns!(),
    ", o.poison, o.poisoned_at
     FROM (SELECT s.id, s.name FROM sources AS s WHERE s.hub = $1 AND ($2::text IS NULL OR s.name = $2) OFFSET 0) AS s
     CROSS JOIN LATERAL (
         SELECT * FROM occurrences AS p WHERE p.source + 0 = s.id AND p.poison IS NOT NULL AND p.id > $3
         ORDER BY p.id LIMIT $4) AS o
     ORDER BY o.id LIMIT $4"
);

/// Those of another hub are none of ours. (`num_nonnulls` is `IS NOT NULL` that leads to no index.)
const REDRIVE: &str = "
UPDATE occurrences AS o SET poison = NULL, poisoned_at = NULL, attempt = 0, due = $3
FROM unnest($2::int8[]) AS asked (id)
WHERE o.id = ANY (ARRAY[asked.id]) AND num_nonnulls(o.poison) = 1
  AND EXISTS (SELECT FROM sources AS s WHERE s.id = o.source AND s.hub = $1 OFFSET 0)
RETURNING o.id";

const DISCARD: &str = "
DELETE FROM occurrences AS o USING unnest($2::int8[]) AS asked (id)
WHERE o.id = ANY (ARRAY[asked.id]) AND num_nonnulls(o.poison) = 1
  AND EXISTS (SELECT FROM sources AS s WHERE s.id = o.source AND s.hub = $1 OFFSET 0)
RETURNING o.id";

pub(super) async fn list(
    database: &Database,
    hub: &Hub,
    query: PoisonedQuery,
) -> Result<Vec<Poisoned>, StoreError> {
    let rows = sqlx::query(LIST)
        .bind(hub.id)
        .bind(query.source)
        .bind(query.after.map_or(0, |after| after.0))
        .bind(i64::from(query.limit))
        .fetch_all(&database.pool)
        .await
        .map_err(|error| classify(&error))?;
    rows.iter().map(poisoned).collect()
}

fn poisoned(row: &PgRow) -> Result<Poisoned, StoreError> {
    let columns = columns("occurrences", row);
    Ok(Poisoned {
        id: OccurrenceId(columns.integer("id")?),
        occurrence: occurrence(row, &columns)?,
        attempts: columns.number("attempt")?,
        reason: columns.text("poison")?.to_owned(),
        since: columns.time("poisoned_at")?,
    })
}

pub(super) async fn redrive(
    database: &Database,
    hub: &Hub,
    ids: &[OccurrenceId],
    due: Timestamp,
) -> Result<Vec<OccurrenceId>, StoreError> {
    let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
    let redriven = sqlx::query_scalar(REDRIVE)
        .bind(hub.id)
        .bind(ids)
        .bind(due.as_micros())
        .fetch_all(&database.pool)
        .await
        .map_err(|error| classify_write(&error))?;
    Ok(sorted(redriven))
}

pub(super) async fn discard(
    database: &Database,
    hub: &Hub,
    ids: &[OccurrenceId],
) -> Result<Vec<OccurrenceId>, StoreError> {
    let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
    let discarded = sqlx::query_scalar(DISCARD)
        .bind(hub.id)
        .bind(ids)
        .fetch_all(&database.pool)
        .await
        .map_err(|error| classify_write(&error))?;
    Ok(sorted(discarded))
}

fn sorted(ids: Vec<i64>) -> Vec<OccurrenceId> {
    let mut ids: Vec<_> = ids.into_iter().map(OccurrenceId).collect();
    ids.sort_unstable();
    ids
}
