//! Taking what waits and is due.

use sqlx::sqlite::SqliteRow;

use durable_core::{
    rows,
    store::{ClaimOccurrences, ClaimedOccurrences, Holder, LeasedOccurrence, StoreError},
};
use fnhost_protocol::time::Timestamp;

use crate::{
    columns::columns,
    database::Database,
    error::classify,
    hub::Hub,
    occurrences::{
        lives::{self, FENCE_LIFE, run_fenced},
        row::{leased, occurrence_columns},
    },
    script::{Script, Values},
};

/// What is due at $3 in the sources $2, the first $4 of each source at most; of what is serial the first, if none of
/// its source runs.
const WAITING: &str = "
SELECT o.id FROM json_each($2) AS name
CROSS JOIN sources AS s ON s.hub = $1 AND s.name = name.value
CROSS JOIN occurrences AS o ON o.id IN (
    SELECT w.id FROM occurrences AS w
    WHERE w.source = s.id AND w.holder IS NULL AND w.poison IS NULL AND w.due <= $3
      AND (NOT w.serial OR (
          NOT EXISTS (SELECT 1 FROM occurrences AS r WHERE r.source = w.source AND r.holder IS NOT NULL)
          AND NOT EXISTS (
              SELECT 1 FROM occurrences AS f
              WHERE f.source = w.source AND f.holder IS NULL AND f.poison IS NULL
                AND (f.due, f.id) < (w.due, w.id))))
    ORDER BY w.due, w.id LIMIT $4)
ORDER BY o.due, o.id LIMIT $4";

/// Those of $3 for which this is still true.
const CLAIM: &str = concat!(
    "
UPDATE occurrences SET holder = $2, attempt = attempt + 1
WHERE id IN (SELECT value FROM json_each($3)) AND holder IS NULL AND poison IS NULL
  AND (NOT serial OR NOT EXISTS (
      SELECT 1 FROM occurrences AS r WHERE r.source = occurrences.source AND r.holder IS NOT NULL))
RETURNING ",
    occurrence_columns!()
);

const NEXT: &str = "
SELECT min((
    SELECT w.due FROM occurrences AS w
    WHERE w.source = s.id AND w.holder IS NULL AND w.poison IS NULL AND w.due > $3
    ORDER BY w.due LIMIT 1))
FROM json_each($2) AS name CROSS JOIN sources AS s ON s.hub = $1 AND s.name = name.value";

const LEASED: &str = concat!(
    "SELECT ",
    occurrence_columns!(),
    " FROM sources AS s CROSS JOIN occurrences ON occurrences.source = s.id
     WHERE s.hub = $1 AND occurrences.holder IS NOT NULL AND occurrences.holder = $2"
);

#[cfg(test)]
pub(super) const STATEMENTS: [&str; 4] = [WAITING, CLAIM, NEXT, LEASED];

pub(super) async fn claim(
    database: &Database,
    hub: Hub,
    holder: Holder,
    claim: ClaimOccurrences,
) -> Result<ClaimedOccurrences, StoreError> {
    lives::check(database, hub, holder).await?;
    let failed = |error: sqlx::Error| classify(&error);
    let sources = rows::to_json("a list of sources", &claim.sources)?;
    let waiting: Vec<i64> = sqlx::query_scalar(WAITING)
        .bind(hub.id)
        .bind(&sources)
        .bind(claim.now.as_micros())
        .bind(i64::from(claim.limit))
        .fetch_all(&database.readers)
        .await
        .map_err(failed)?;
    let mut leased = Vec::new();
    // Most end here, without holding up commits.
    if !waiting.is_empty() {
        leased = lease(database, hub, holder, &waiting).await?;
    }
    let next: Option<i64> = sqlx::query_scalar(NEXT)
        .bind(hub.id)
        .bind(&sources)
        .bind(claim.now.as_micros())
        .fetch_one(&database.readers)
        .await
        .map_err(failed)?;
    Ok(ClaimedOccurrences { leased, next: next.map(Timestamp::from_micros) })
}

async fn lease(
    database: &Database,
    hub: Hub,
    holder: Holder,
    waiting: &[i64],
) -> Result<Vec<LeasedOccurrence>, StoreError> {
    let values = Values::default()
        .with(hub.id)?
        .with(holder.0)?
        .with(rows::to_json("a list of occurrences", waiting)?)?;
    let mut found = Vec::new();
    let read = |_, row: &SqliteRow| {
        found.push(leased(&columns("occurrences", row))?);
        Ok(())
    };
    let mut session = database.writer.session().await?;
    // Committed only when every row is understood: otherwise it would be leased and never run.
    run_fenced(&mut session, holder, Script::begin().then(FENCE_LIFE).then(CLAIM), values, read).await?;
    session.transact(Script::go_on().commit(), Values::default(), |_, _| Ok(())).await?;
    drop(session);
    // What RETURNING answers has no order.
    found.sort_unstable_by_key(|one| (one.occurrence.due, one.id));
    Ok(found)
}

/// Everything that is leased to a holder.
pub(super) async fn all_leased(
    database: &Database,
    hub: Hub,
    holder: Holder,
) -> Result<Vec<LeasedOccurrence>, StoreError> {
    lives::check(database, hub, holder).await?;
    let rows = sqlx::query(LEASED)
        .bind(hub.id)
        .bind(holder.0)
        .fetch_all(&database.readers)
        .await
        .map_err(|error| classify(&error))?;
    rows.iter().map(|row| leased(&columns("occurrences", row))).collect()
}
