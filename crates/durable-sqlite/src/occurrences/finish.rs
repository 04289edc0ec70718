//! Ending runs.

use std::collections::HashSet;

use sqlx::sqlite::SqliteRow;

use durable_core::{
    rows,
    store::{Finish, FinishedOccurrence, Holder, StoreError},
};

use crate::{
    columns::{columns, micros_since_1970},
    database::Database,
    script::{Script, Values},
};

/// $2 has a row for each: id, attempt, how it ended (a [`Finish`] by its place), due, reason. Those that are still the
/// caller's, $1.
const STILL_MINE: &str = "
SELECT o.id AS id FROM jsonb_each($2) AS ended CROSS JOIN occurrences AS o ON o.id = ended.value ->> 0
WHERE o.holder = $1 AND o.attempt = ended.value ->> 1";

const DONE: &str = "
DELETE FROM occurrences
WHERE id IN (SELECT value ->> 0 FROM jsonb_each($2) WHERE value ->> 2 = 0) AND holder = $1
  AND (id, attempt) IN (SELECT value ->> 0, value ->> 1 FROM jsonb_each($2) WHERE value ->> 2 = 0)";

const NOT_DONE: &str = "
UPDATE occurrences SET
    holder = NULL,
    due = coalesce(ended.value ->> 3, due),
    attempt = attempt - (ended.value ->> 2 = 3),
    poison = ended.value ->> 4,
    poisoned_at = CASE WHEN ended.value ->> 4 IS NOT NULL THEN $3 END
FROM jsonb_each($2) AS ended
WHERE occurrences.id = ended.value ->> 0 AND occurrences.holder = $1 AND occurrences.attempt = ended.value ->> 1
  AND ended.value ->> 2 > 0";

#[cfg(test)]
pub(super) const STATEMENTS: [&str; 3] = [STILL_MINE, DONE, NOT_DONE];

pub(super) async fn finish(
    database: &Database,
    holder: Holder,
    ended: &[FinishedOccurrence],
) -> Result<Vec<bool>, StoreError> {
    if ended.is_empty() {
        return Ok(Vec::new());
    }
    let cells: Vec<_> = ended.iter().map(cells).collect();
    let values = Values::default()
        .with(holder.0)?
        .with(rows::to_json("a list of ends", &cells)?)?
        .with(micros_since_1970())?;
    let mut mine = HashSet::new();
    let read = |_, row: &SqliteRow| {
        mine.insert(columns("occurrences", row).integer("id")?);
        Ok(())
    };
    let mut script = Script::begin().then(STILL_MINE);
    if cells.iter().any(|(_, _, how, ..)| *how == 0) {
        script.push(DONE);
    }
    if cells.iter().any(|(_, _, how, ..)| *how > 0) {
        script.push(NOT_DONE);
    }
    database.writer.session().await?.transact(script.commit(), values, read).await?;
    Ok(ended.iter().map(|ended| mine.contains(&ended.id.0)).collect())
}

fn cells(ended: &FinishedOccurrence) -> (i64, u32, u8, Option<i64>, Option<&str>) {
    let (how, due, reason) = match &ended.finish {
        Finish::Done => (0, None, None),
        Finish::Again { due } => (1, Some(due.as_micros()), None),
        Finish::Poison { reason } => (2, None, Some(reason.as_str())),
        Finish::GivenBack => (3, None, None),
    };
    (ended.id.0, ended.attempt, how, due, reason)
}
