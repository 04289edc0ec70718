//! Taking what waits and is due.

use durable_core::store::{ClaimOccurrences, ClaimedOccurrences, Holder, LeasedOccurrence, StoreError};
use fnhost_protocol::time::Timestamp;

use crate::{
    database::Database,
    error::classify,
    hub::Hub,
    occurrences::{
        lives::{is_over, lost},
        row::{leased, occurrence_columns},
    },
};

const CLAIM: &str = "
SELECT id, source, key, version, due, serial, attempt, data FROM claim_occurrences($1, $2, $3, $4, $5::text[])";

const NEXT: &str = "
SELECT min(w.due) FROM unnest($3::text[]) AS asked (name)
CROSS JOIN LATERAL (SELECT id FROM sources AS s WHERE s.hub = $1 AND s.name = asked.name OFFSET 0) AS s
CROSS JOIN LATERAL (
    SELECT o.due FROM occurrences AS o
    WHERE o.source = s.id AND o.holder IS NULL AND o.poison IS NULL AND o.due > $2
    ORDER BY o.due, o.id LIMIT 1) AS w";

const LEASED: &str = concat!(
    "SELECT ",
    occurrence_columns!(),
    " FROM occurrences AS o JOIN sources AS s ON s.id = ANY (ARRAY[o.source]) WHERE o.holder = $1"
);

/// Waits for calls of this life that nobody hears any more.
const GOES_ON: &str = "SELECT holder FROM lives WHERE holder = $2 AND hub = $1 FOR UPDATE";

pub(super) async fn claim(
    database: &Database,
    hub: &Hub,
    holder: Holder,
    claim: ClaimOccurrences,
) -> Result<ClaimedOccurrences, StoreError> {
    let rows = sqlx::query(CLAIM)
        .bind(hub.id)
        .bind(holder.0)
        .bind(claim.now.as_micros())
        .bind(i32::try_from(claim.limit).unwrap_or(i32::MAX))
        .bind(&claim.sources)
        .fetch_all(&database.pool)
        .await
        .map_err(|error| lost(&error, holder))?;
    let leased = rows.iter().map(leased).collect::<Result<Vec<_>, _>>()?;
    let next: Option<i64> = sqlx::query_scalar(NEXT)
        .bind(hub.id)
        .bind(claim.now.as_micros())
        .bind(&claim.sources)
        .fetch_one(&database.pool)
        .await
        .map_err(|error| match classify(&error) {
            // What was leased must not be forgotten: as after an answer that got lost.
            StoreError::Retry(why) if !leased.is_empty() => StoreError::UnknownOutcome(why),
            other => other,
        })?;
    Ok(ClaimedOccurrences { leased, next: next.map(Timestamp::from_micros) })
}

/// Everything that is leased to a holder.
pub(super) async fn all_leased(
    database: &Database,
    hub: &Hub,
    holder: Holder,
) -> Result<Vec<LeasedOccurrence>, StoreError> {
    let failed = |error: sqlx::Error| classify(&error);
    let goes_on: Option<i64> = sqlx::query_scalar(GOES_ON)
        .bind(hub.id)
        .bind(holder.0)
        .fetch_optional(&database.pool)
        .await
        .map_err(failed)?;
    if goes_on.is_none() {
        return Err(is_over(holder));
    }
    let rows = sqlx::query(LEASED).bind(holder.0).fetch_all(&database.pool).await.map_err(failed)?;
    rows.iter().map(leased).collect()
}
