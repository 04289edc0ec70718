//! Putting on record what is not yet.

use std::collections::HashMap;

use sqlx::sqlite::SqliteRow;

use durable_core::{
    rows,
    store::{Added, Holder, LeasedOccurrence, Occurrence, OccurrenceId, StoreError},
};
use fnhost_protocol::time::Timestamp;

use crate::{
    columns::columns,
    database::Database,
    hub::Hub,
    occurrences::lives::{FENCE_LIFE, run_fenced},
    script::{Script, Values},
};

/// $5 has a row for each: source, key, version, due, serial, data.
pub(super) const ADD_SOURCES: &str = "
INSERT INTO sources (hub, name) SELECT DISTINCT $1, value ->> 0 FROM jsonb_each($5) WHERE true
ON CONFLICT (hub, name) DO NOTHING";

/// Of what is due at $3 the first $4 are leased; of what is serial only the first of a source, and only if none of the
/// source runs or comes first.
const ADD: &str = "
WITH new AS (
    SELECT given.key AS place, s.id AS source, given.value ->> 1 AS key, given.value ->> 2 AS version,
           given.value ->> 3 AS due, given.value ->> 4 AS serial, given.value ->> 5 AS data
    FROM jsonb_each($5) AS given CROSS JOIN sources AS s ON s.hub = $1 AND s.name = given.value ->> 0
    WHERE NOT EXISTS (
        SELECT 1 FROM receipts AS r
        WHERE r.source = s.id AND r.key = given.value ->> 1 AND r.version = given.value ->> 2)
), looked AS (
    SELECT *, due <= $3 AND (NOT serial OR (
        row_number() OVER (PARTITION BY source ORDER BY due, place) = 1
        AND NOT EXISTS (SELECT 1 FROM occurrences AS o WHERE o.source = new.source AND o.holder IS NOT NULL)
        AND NOT EXISTS (
            SELECT 1 FROM occurrences AS o
            WHERE o.source = new.source AND o.holder IS NULL AND o.poison IS NULL AND o.due <= new.due))) AS may_run
    FROM new
), ranked AS (
    SELECT *, may_run AND row_number() OVER (ORDER BY may_run DESC, place) <= $4 AS runs FROM looked
)
INSERT INTO occurrences (source, key, version, due, serial, holder, attempt, data)
SELECT source, key, version, due, serial, CASE WHEN runs THEN $2 END, runs, data FROM ranked ORDER BY place
RETURNING id, (SELECT name FROM sources WHERE sources.id = occurrences.source) AS source, key, version,
          holder IS NOT NULL AS leased";

pub(super) const ADD_RECEIPTS: &str = "
INSERT INTO receipts (source, key, version)
SELECT s.id, given.value ->> 1, given.value ->> 2
FROM jsonb_each($5) AS given CROSS JOIN sources AS s ON s.hub = $1 AND s.name = given.value ->> 0
WHERE true
ON CONFLICT (source, key, version) DO NOTHING";

#[cfg(test)]
pub(super) const STATEMENTS: [&str; 4] = [FENCE_LIFE, ADD_SOURCES, ADD, ADD_RECEIPTS];

pub(super) async fn add(
    database: &Database,
    hub: Hub,
    holder: Holder,
    now: Timestamp,
    new: Vec<Occurrence>,
    take: u32,
) -> Result<Vec<Added>, StoreError> {
    // Where each one stands; what is named again stands where it was named first.
    let mut places = HashMap::with_capacity(new.len());
    let mut cells = Vec::with_capacity(new.len());
    for (place, one) in new.iter().enumerate() {
        let name = (one.source.clone(), one.key.clone(), one.version.clone());
        if let std::collections::hash_map::Entry::Vacant(free) = places.entry(name) {
            free.insert(place);
            let (due, serial) = (one.due.as_micros(), u8::from(one.serial));
            cells.push((&one.source, &one.key, &one.version, due, serial, one.data.as_str()));
        }
    }
    let values = Values::default()
        .with(hub.id)?
        .with(holder.0)?
        .with(now.as_micros())?
        .with(i64::from(take))?
        .with(rows::to_json("a list of occurrences", &cells)?)?;
    let mut found: Vec<Option<(OccurrenceId, bool)>> = vec![None; new.len()];
    let read = |_, row: &SqliteRow| {
        let row = columns("occurrences", row);
        let name =
            (row.text("source")?.to_owned(), row.text("key")?.to_owned(), row.text("version")?.to_owned());
        let place = places.get(&name).and_then(|place| found.get_mut(*place));
        let place = place.ok_or_else(|| row.bad("nobody has added it"))?;
        *place = Some((OccurrenceId(row.integer("id")?), row.integer("leased")? != 0));
        Ok(())
    };
    let script = Script::begin().then(FENCE_LIFE).then(ADD_SOURCES).then(ADD).then(ADD_RECEIPTS).commit();
    let mut session = database.writer.session().await?;
    run_fenced(&mut session, holder, script, values, read).await?;
    drop(session);
    let answer = |(occurrence, found)| match found {
        None => Added::Known,
        Some((id, false)) => Added::Waiting(id),
        Some((id, true)) => Added::Leased(LeasedOccurrence { id, occurrence, attempt: 1 }),
    };
    Ok(new.into_iter().zip(found).map(answer).collect())
}
