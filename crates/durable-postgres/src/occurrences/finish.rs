//! Ending runs.

use std::collections::HashSet;

use durable_core::store::{Finish, FinishedOccurrence, Holder, StoreError};

use crate::{columns::fit, database::Database, error::classify_write};

/// How each ended ($4) is a [`Finish`] by its place. Answers those that were still the caller's, $1.
const FINISH: &str = "
WITH given AS MATERIALIZED (
    SELECT * FROM unnest($2::int8[], $3::int4[], $4::int2[], $5::int8[], $6::text[]) AS g (id, attempt, how, due, reason)
), mine AS MATERIALIZED (
    SELECT o.id, given.how, given.due, given.reason
    FROM given JOIN occurrences AS o ON o.id = ANY (ARRAY[given.id])
    WHERE o.holder IS NOT DISTINCT FROM $1 AND o.attempt = given.attempt
    ORDER BY o.id + 0 FOR UPDATE OF o
), done AS (
    DELETE FROM occurrences AS o USING mine WHERE o.id = ANY (ARRAY[mine.id]) AND mine.how = 0
), waiting AS (
    UPDATE occurrences AS o SET
        holder = NULL,
        due = coalesce(mine.due, o.due),
        attempt = o.attempt - (mine.how = 3)::int4,
        poison = mine.reason,
        poisoned_at = CASE WHEN mine.how = 2 THEN (extract(epoch FROM clock_timestamp()) * 1000000)::int8 END
    FROM mine WHERE o.id = ANY (ARRAY[mine.id]) AND mine.how > 0
)
SELECT id FROM mine";

pub(super) async fn finish(
    database: &Database,
    holder: Holder,
    ended: &[FinishedOccurrence],
) -> Result<Vec<bool>, StoreError> {
    if ended.is_empty() {
        return Ok(Vec::new());
    }
    let how = |ended: &FinishedOccurrence| match ended.finish {
        Finish::Done => 0_i16,
        Finish::Again { .. } => 1,
        Finish::Poison { .. } => 2,
        Finish::GivenBack => 3,
    };
    let due = |ended: &FinishedOccurrence| match &ended.finish {
        Finish::Again { due } => Some(due.as_micros()),
        Finish::Done | Finish::Poison { .. } | Finish::GivenBack => None,
    };
    let reason = |ended: &FinishedOccurrence| match &ended.finish {
        // What Postgres does not keep in a text.
        Finish::Poison { reason } => Some(reason.replace('\0', "\u{fffd}")),
        Finish::Done | Finish::Again { .. } | Finish::GivenBack => None,
    };
    let attempts: Vec<i32> = ended.iter().map(|ended| fit(ended.attempt)).collect::<Result<_, _>>()?;
    let mine: Vec<i64> = sqlx::query_scalar(FINISH)
        .bind(holder.0)
        .bind(ended.iter().map(|ended| ended.id.0).collect::<Vec<_>>())
        .bind(attempts)
        .bind(ended.iter().map(how).collect::<Vec<_>>())
        .bind(ended.iter().map(due).collect::<Vec<_>>())
        .bind(ended.iter().map(reason).collect::<Vec<_>>())
        .fetch_all(&database.pool)
        .await
        .map_err(|error| classify_write(&error))?;
    let mine: HashSet<i64> = mine.into_iter().collect();
    Ok(ended.iter().map(|ended| mine.contains(&ended.id.0)).collect())
}
