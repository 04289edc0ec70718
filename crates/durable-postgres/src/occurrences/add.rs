//! Putting on record what is not yet.

use std::collections::HashSet;

use sqlx::Row;

use durable_core::store::{Added, Holder, LeasedOccurrence, Occurrence, OccurrenceId, StoreError};
use fnhost_protocol::time::Timestamp;

use crate::{database::Database, error::classify, hub::Hub, occurrences::lives::lost};

const ADD: &str = "
SELECT place, id, leased FROM add_occurrences($1, $2, $3, $4, $5::text[], $6::text[], $7::text[], $8::int8[], $9::bool[],
                                              $10::text[])";

pub(super) async fn add(
    database: &Database,
    hub: &Hub,
    holder: Holder,
    now: Timestamp,
    new: Vec<Occurrence>,
    take: u32,
) -> Result<Vec<Added>, StoreError> {
    let mut named = HashSet::with_capacity(new.len());
    // What is named again is left out: it is known by then.
    let given: Vec<(usize, &Occurrence)> = new
        .iter()
        .enumerate()
        .filter(|(_, one)| named.insert((&one.source, &one.key, &one.version)))
        .collect();
    let texts = |of: fn(&Occurrence) -> &str| given.iter().map(|(_, one)| of(one)).collect::<Vec<_>>();
    let rows = sqlx::query(ADD)
        .bind(hub.id)
        .bind(holder.0)
        .bind(now.as_micros())
        .bind(i32::try_from(take).unwrap_or(i32::MAX))
        .bind(texts(|one| &one.source))
        .bind(texts(|one| &one.key))
        .bind(texts(|one| &one.version))
        .bind(given.iter().map(|(_, one)| one.due.as_micros()).collect::<Vec<_>>())
        .bind(given.iter().map(|(_, one)| one.serial).collect::<Vec<_>>())
        .bind(texts(|one| one.data.as_str()))
        .fetch_all(&database.pool)
        .await
        .map_err(|error| lost(&error, holder))?;
    let mut found: Vec<Option<(OccurrenceId, bool)>> = vec![None; new.len()];
    for row in &rows {
        let failed = |error: sqlx::Error| classify(&error);
        let place: i64 = row.try_get("place").map_err(failed)?;
        // Places count from 1.
        let place = usize::try_from(place - 1).ok().and_then(|place| given.get(place));
        let place = place.and_then(|(place, _)| found.get_mut(*place)).ok_or_else(|| {
            StoreError::Permanent("add_occurrences answered for one that was not asked for".to_owned())
        })?;
        let id = OccurrenceId(row.try_get("id").map_err(failed)?);
        *place = Some((id, row.try_get("leased").map_err(failed)?));
    }
    let answer = |(occurrence, found)| match found {
        None => Added::Known,
        Some((id, false)) => Added::Waiting(id),
        Some((id, true)) => Added::Leased(LeasedOccurrence { id, occurrence, attempt: 1 }),
    };
    drop(named);
    Ok(new.into_iter().zip(found).map(answer).collect())
}
