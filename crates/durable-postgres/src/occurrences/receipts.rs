//! What is on record, read and forgotten in ranges.

use durable_core::store::{Prune, Receipt, ReceiptQuery, StoreError};
use fnhost_protocol::time::Timestamp;

use crate::{
    database::Database,
    error::{classify, classify_write},
    hub::Hub,
};

/// Receipts of $1 (hub) and $2 (source) after ($3, $4).
const PAGE: &str = "
SELECT r.key, r.version, r.missing_since FROM receipts AS r
WHERE r.source = (SELECT s.id FROM sources AS s WHERE s.hub = $1 AND s.name = $2)
  AND (r.key, r.version) > ($3, $4)
ORDER BY r.key, r.version LIMIT $5";

/// Places, from 1, of what is on record.
const KNOWN: &str = "
SELECT asked.place FROM unnest($3::text[], $4::text[]) WITH ORDINALITY AS asked (key, version, place)
WHERE EXISTS (
    SELECT FROM receipts AS r
    WHERE r.source = (SELECT s.id FROM sources AS s WHERE s.hub = $1 AND s.name = $2)
      AND r.key = asked.key AND r.version = asked.version OFFSET 0)";

const ADD_SOURCE: &str = "INSERT INTO sources (hub, name) VALUES ($1, $2) ON CONFLICT (hub, name) DO NOTHING";

const REMEMBER: &str = "
INSERT INTO receipts (source, key, version)
SELECT (SELECT s.id FROM sources AS s WHERE s.hub = $1 AND s.name = $2), given.key, given.version
FROM (SELECT DISTINCT key COLLATE \"C\" AS key, version COLLATE \"C\" AS version
      FROM unnest($3::text[], $4::text[]) AS g (key, version) ORDER BY 1, 2) AS given
ON CONFLICT DO NOTHING";

const SET_MISSING: &str = "
UPDATE receipts AS r SET missing_since = $5
FROM (SELECT (SELECT s.id FROM sources AS s WHERE s.hub = $1 AND s.name = $2) AS source, g.key, g.version
      FROM unnest($3::text[], $4::text[]) AS g (key, version) OFFSET 0) AS given
WHERE r.source = ANY (ARRAY[given.source]) AND r.key = given.key AND r.version = given.version";

const PRUNE_KEYS: &str = "
WITH gone AS MATERIALIZED (
    SELECT r.source, r.key, r.version FROM receipts AS r
    WHERE r.source = (SELECT s.id FROM sources AS s WHERE s.hub = $1 AND s.name = $2) AND r.key < $3
      AND NOT EXISTS (
          SELECT FROM occurrences AS o
          WHERE o.source > 0 AND o.source = r.source AND o.key = r.key AND o.version = r.version OFFSET 0)
    ORDER BY r.key, r.version LIMIT $4
)
DELETE FROM receipts AS r USING gone
WHERE r.source = ANY (ARRAY[gone.source]) AND r.key = gone.key AND r.version = gone.version";

const PRUNE_MISSING: &str = "
WITH gone AS MATERIALIZED (
    SELECT r.source, r.key, r.version FROM receipts AS r
    WHERE r.source + 0 = (SELECT s.id FROM sources AS s WHERE s.hub = $1 AND s.name = $2)
      AND r.missing_since IS NOT NULL AND r.missing_since <= $3
      AND NOT EXISTS (
          SELECT FROM occurrences AS o
          WHERE o.source > 0 AND o.source = r.source AND o.key = r.key AND o.version = r.version OFFSET 0)
    LIMIT $4
)
DELETE FROM receipts AS r USING gone
WHERE r.source = ANY (ARRAY[gone.source]) AND r.key = gone.key AND r.version = gone.version";

pub(super) async fn receipts(
    database: &Database,
    hub: &Hub,
    query: ReceiptQuery,
) -> Result<Vec<Receipt>, StoreError> {
    let (key, version) = query.after.unwrap_or_default();
    let rows: Vec<(String, String, Option<i64>)> = sqlx::query_as(PAGE)
        .bind(hub.id)
        .bind(query.source)
        .bind(key)
        .bind(version)
        .bind(i64::from(query.limit))
        .fetch_all(&database.pool)
        .await
        .map_err(|error| classify(&error))?;
    let receipt = |(key, version, missing): (_, _, Option<i64>)| Receipt {
        key,
        version,
        missing_since: missing.map(Timestamp::from_micros),
    };
    Ok(rows.into_iter().map(receipt).collect())
}

pub(super) async fn known(
    database: &Database,
    hub: &Hub,
    source: &str,
    pairs: &[(String, String)],
) -> Result<Vec<bool>, StoreError> {
    let (keys, versions) = columns(pairs);
    let places: Vec<i64> = sqlx::query_scalar(KNOWN)
        .bind(hub.id)
        .bind(source)
        .bind(keys)
        .bind(versions)
        .fetch_all(&database.pool)
        .await
        .map_err(|error| classify(&error))?;
    let mut known = vec![false; pairs.len()];
    for place in places {
        if let Some(known) = usize::try_from(place - 1).ok().and_then(|place| known.get_mut(place)) {
            *known = true;
        }
    }
    Ok(known)
}

pub(super) async fn remember(
    database: &Database,
    hub: &Hub,
    source: &str,
    pairs: &[(String, String)],
) -> Result<(), StoreError> {
    let (keys, versions) = columns(pairs);
    sqlx::query(ADD_SOURCE)
        .bind(hub.id)
        .bind(source)
        .execute(&database.pool)
        .await
        .map_err(|error| classify(&error))?;
    sqlx::query(REMEMBER)
        .bind(hub.id)
        .bind(source)
        .bind(keys)
        .bind(versions)
        .execute(&database.pool)
        .await
        .map_err(|error| classify_write(&error))?;
    Ok(())
}

pub(super) async fn set_missing(
    database: &Database,
    hub: &Hub,
    source: &str,
    pairs: &[(String, String)],
    since: Option<Timestamp>,
) -> Result<(), StoreError> {
    let (keys, versions) = columns(pairs);
    sqlx::query(SET_MISSING)
        .bind(hub.id)
        .bind(source)
        .bind(keys)
        .bind(versions)
        .bind(since.map(Timestamp::as_micros))
        .execute(&database.pool)
        .await
        .map_err(|error| classify_write(&error))?;
    Ok(())
}

pub(super) async fn prune(
    database: &Database,
    hub: &Hub,
    source: &str,
    what: Prune,
    limit: u32,
) -> Result<u32, StoreError> {
    let prune = match what {
        Prune::KeysBefore(key) => sqlx::query(PRUNE_KEYS).bind(hub.id).bind(source).bind(key),
        Prune::MissingSince(time) => {
            sqlx::query(PRUNE_MISSING).bind(hub.id).bind(source).bind(time.as_micros())
        }
    };
    let done =
        prune.bind(i64::from(limit)).execute(&database.pool).await.map_err(|error| classify_write(&error))?;
    Ok(u32::try_from(done.rows_affected()).unwrap_or(u32::MAX))
}

fn columns(pairs: &[(String, String)]) -> (Vec<&str>, Vec<&str>) {
    pairs.iter().map(|(key, version)| (key.as_str(), version.as_str())).unzip()
}
