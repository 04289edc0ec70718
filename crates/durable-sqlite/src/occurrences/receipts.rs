//! What is on record, read and forgotten in ranges.

use sqlx::sqlite::SqliteRow;

use durable_core::{
    rows,
    store::{Prune, Receipt, ReceiptQuery, StoreError},
};
use fnhost_protocol::time::Timestamp;

use crate::{
    database::Database,
    error::classify,
    hub::Hub,
    script::{Script, Values},
};

/// Receipts of $1 (hub) and $2 (source) after ($3, $4), in one row: a row for each costs more than all the rest.
const PAGE: &str = "
SELECT json_group_array(json_array(key, version, missing_since)) FROM (
    SELECT key, version, missing_since FROM receipts
    WHERE source = (SELECT id FROM sources WHERE hub = $1 AND name = $2) AND (key, version) > ($3, $4)
    ORDER BY key, version LIMIT $5)";

/// Places in $3 of what is on record, in one row for the same reason.
const KNOWN: &str = "
SELECT json_group_array(asked.key) FROM jsonb_each($3) AS asked
WHERE EXISTS (
    SELECT 1 FROM receipts AS r
    WHERE r.source = (SELECT id FROM sources WHERE hub = $1 AND name = $2)
      AND r.key = asked.value ->> 0 AND r.version = asked.value ->> 1)";

const ADD_SOURCE: &str = "INSERT INTO sources (hub, name) VALUES ($1, $2) ON CONFLICT (hub, name) DO NOTHING";

const REMEMBER: &str = "
INSERT INTO receipts (source, key, version)
SELECT (SELECT id FROM sources WHERE hub = $1 AND name = $2), value ->> 0, value ->> 1 FROM jsonb_each($3) WHERE true
ON CONFLICT (source, key, version) DO NOTHING";

const SET_MISSING: &str = "
UPDATE receipts SET missing_since = $4
WHERE source = (SELECT id FROM sources WHERE hub = $1 AND name = $2)
  AND (key, version) IN (SELECT value ->> 0, value ->> 1 FROM jsonb_each($3))";

const PRUNE_KEYS: &str = "
DELETE FROM receipts
WHERE source = (SELECT id FROM sources WHERE hub = $1 AND name = $2) AND (key, version) IN (
    SELECT r.key, r.version FROM receipts AS r
    WHERE r.source = (SELECT id FROM sources WHERE hub = $1 AND name = $2) AND r.key < $3
      AND NOT EXISTS (
          SELECT 1 FROM occurrences AS o WHERE o.source = r.source AND o.key = r.key AND o.version = r.version)
    LIMIT $4)
RETURNING 1";

const PRUNE_MISSING: &str = "
DELETE FROM receipts
WHERE source = (SELECT id FROM sources WHERE hub = $1 AND name = $2) AND (key, version) IN (
    SELECT r.key, r.version FROM receipts AS r
    WHERE r.source = (SELECT id FROM sources WHERE hub = $1 AND name = $2)
      AND r.missing_since IS NOT NULL AND r.missing_since <= $3
      AND NOT EXISTS (
          SELECT 1 FROM occurrences AS o WHERE o.source = r.source AND o.key = r.key AND o.version = r.version)
    LIMIT $4)
RETURNING 1";

#[cfg(test)]
pub(super) const STATEMENTS: [&str; 7] =
    [PAGE, KNOWN, ADD_SOURCE, REMEMBER, SET_MISSING, PRUNE_KEYS, PRUNE_MISSING];

pub(super) async fn receipts(
    database: &Database,
    hub: Hub,
    query: ReceiptQuery,
) -> Result<Vec<Receipt>, StoreError> {
    let (key, version) = query.after.unwrap_or_default();
    let page: String = sqlx::query_scalar(PAGE)
        .bind(hub.id)
        .bind(&query.source)
        .bind(key)
        .bind(version)
        .bind(i64::from(query.limit))
        .fetch_one(&database.readers)
        .await
        .map_err(|error| classify(&error))?;
    let page: Vec<(String, String, Option<i64>)> = serde_json::from_str(&page)
        .map_err(|error| rows::bad_row("receipts", format_args!("of `{}`", query.source), error))?;
    let receipt = |(key, version, missing): (_, _, Option<i64>)| Receipt {
        key,
        version,
        missing_since: missing.map(Timestamp::from_micros),
    };
    Ok(page.into_iter().map(receipt).collect())
}

pub(super) async fn known(
    database: &Database,
    hub: Hub,
    source: &str,
    keys: &[(String, String)],
) -> Result<Vec<bool>, StoreError> {
    let places: String = sqlx::query_scalar(KNOWN)
        .bind(hub.id)
        .bind(source)
        .bind(rows::to_json("a list of receipts", keys)?)
        .fetch_one(&database.readers)
        .await
        .map_err(|error| classify(&error))?;
    let places: Vec<usize> = serde_json::from_str(&places)
        .map_err(|error| rows::bad_row("receipts", format_args!("of `{source}`"), error))?;
    let mut known = vec![false; keys.len()];
    for place in places {
        if let Some(known) = known.get_mut(place) {
            *known = true;
        }
    }
    Ok(known)
}

pub(super) async fn remember(
    database: &Database,
    hub: Hub,
    source: &str,
    keys: &[(String, String)],
) -> Result<(), StoreError> {
    let values =
        Values::default().with(hub.id)?.with(source)?.with(rows::to_json("a list of receipts", keys)?)?;
    let script = Script::begin().then(ADD_SOURCE).then(REMEMBER).commit();
    database.writer.session().await?.transact(script, values, |_, _| Ok(())).await
}

pub(super) async fn set_missing(
    database: &Database,
    hub: Hub,
    source: &str,
    keys: &[(String, String)],
    since: Option<Timestamp>,
) -> Result<(), StoreError> {
    let values = Values::default()
        .with(hub.id)?
        .with(source)?
        .with(rows::to_json("a list of receipts", keys)?)?
        .with(since.map(Timestamp::as_micros))?;
    let script = Script::begin().then(SET_MISSING).commit();
    database.writer.session().await?.transact(script, values, |_, _| Ok(())).await
}

pub(super) async fn prune(
    database: &Database,
    hub: Hub,
    source: &str,
    what: Prune,
    limit: u32,
) -> Result<u32, StoreError> {
    let values = Values::default().with(hub.id)?.with(source)?;
    let (statement, values) = match what {
        Prune::KeysBefore(key) => (PRUNE_KEYS, values.with(key)?),
        Prune::MissingSince(time) => (PRUNE_MISSING, values.with(time.as_micros())?),
    };
    let mut gone = 0;
    let read = |_, _: &SqliteRow| {
        gone += 1;
        Ok(())
    };
    let script = Script::begin().then(statement).commit();
    let values = values.with(i64::from(limit))?;
    database.writer.session().await?.transact(script, values, read).await?;
    Ok(gone)
}
