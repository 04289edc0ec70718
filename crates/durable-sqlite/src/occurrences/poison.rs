//! What has failed for good.

use sqlx::sqlite::SqliteRow;

use durable_core::{
    rows,
    store::{OccurrenceId, Poisoned, PoisonedQuery, StoreError},
};
use fnhost_protocol::time::Timestamp;

use crate::{
    columns::columns,
    database::Database,
    error::classify,
    hub::Hub,
    occurrences::row::{occurrence, occurrence_columns},
    script::{Script, Values},
};

/// All of a hub, in no order of the table: the list is short, or somebody has to look at it.
const LIST: &str = concat!(
    "SELECT ",
    occurrence_columns!(),
    ", poison, poisoned_at FROM sources AS s CROSS JOIN occurrences ON occurrences.source = s.id
     WHERE s.hub = $1 AND occurrences.poison IS NOT NULL AND occurrences.id > $2
     ORDER BY occurrences.id LIMIT $3"
);

const LIST_ONE: &str = concat!(
    "SELECT ",
    occurrence_columns!(),
    ", poison, poisoned_at FROM occurrences
     WHERE occurrences.source = (SELECT s.id FROM sources AS s WHERE s.hub = $1 AND s.name = $4)
       AND occurrences.poison IS NOT NULL AND occurrences.id > $2
     ORDER BY occurrences.id LIMIT $3"
);

/// $2 has the ids. Those of another hub are none of ours.
const REDRIVE: &str = "
UPDATE occurrences SET poison = NULL, poisoned_at = NULL, attempt = 0, due = $3
WHERE id IN (SELECT value FROM json_each($2)) AND poison IS NOT NULL
  AND EXISTS (SELECT 1 FROM sources AS s WHERE s.id = occurrences.source AND s.hub = $1)
RETURNING id";

const DISCARD: &str = "
DELETE FROM occurrences
WHERE id IN (SELECT value FROM json_each($2)) AND poison IS NOT NULL
  AND EXISTS (SELECT 1 FROM sources AS s WHERE s.id = occurrences.source AND s.hub = $1)
RETURNING id";

#[cfg(test)]
pub(super) const STATEMENTS: [&str; 4] = [LIST, LIST_ONE, REDRIVE, DISCARD];

pub(super) async fn list(
    database: &Database,
    hub: Hub,
    query: PoisonedQuery,
) -> Result<Vec<Poisoned>, StoreError> {
    let statement = if query.source.is_some() { LIST_ONE } else { LIST };
    let mut list = sqlx::query(statement)
        .bind(hub.id)
        .bind(query.after.map_or(0, |after| after.0))
        .bind(i64::from(query.limit));
    if let Some(source) = query.source {
        list = list.bind(source);
    }
    let rows = list.fetch_all(&database.readers).await.map_err(|error| classify(&error))?;
    rows.iter().map(poisoned).collect()
}

fn poisoned(row: &SqliteRow) -> Result<Poisoned, StoreError> {
    let row = columns("occurrences", row);
    Ok(Poisoned {
        id: OccurrenceId(row.integer("id")?),
        occurrence: occurrence(&row)?,
        attempts: row.number("attempt")?,
        reason: row.text("poison")?.to_owned(),
        since: row.time("poisoned_at")?,
    })
}

pub(super) async fn redrive(
    database: &Database,
    hub: Hub,
    ids: &[OccurrenceId],
    due: Timestamp,
) -> Result<Vec<OccurrenceId>, StoreError> {
    take_off(database, hub, REDRIVE, ids, Some(due)).await
}

pub(super) async fn discard(
    database: &Database,
    hub: Hub,
    ids: &[OccurrenceId],
) -> Result<Vec<OccurrenceId>, StoreError> {
    take_off(database, hub, DISCARD, ids, None).await
}

async fn take_off(
    database: &Database,
    hub: Hub,
    statement: &str,
    ids: &[OccurrenceId],
    due: Option<Timestamp>,
) -> Result<Vec<OccurrenceId>, StoreError> {
    let mut values = Values::default().with(hub.id)?.with(rows::to_json("a list of ids", ids)?)?;
    if let Some(due) = due {
        values.push(due.as_micros())?;
    }
    let mut found = Vec::new();
    let read = |_, row: &SqliteRow| {
        found.push(OccurrenceId(columns("occurrences", row).integer("id")?));
        Ok(())
    };
    let script = Script::begin().then(statement).commit();
    database.writer.session().await?.transact(script, values, read).await?;
    found.sort_unstable();
    Ok(found)
}
