//! How an occurrence stands in its row.

use sqlx::{Row, postgres::PgRow};

use durable_core::store::{LeasedOccurrence, Occurrence, OccurrenceId, StoreError};

use crate::{
    columns::{Columns, columns},
    error::classify,
};

/// What is read of every row, from `o` (occurrences) and `s` (sources).
macro_rules! occurrence_columns {
    () => {
        "o.id, s.name AS source, o.key, o.version, o.due, o.serial, o.attempt, o.data"
    };
}
pub(super) use occurrence_columns;

pub(super) fn occurrence(row: &PgRow, columns: &Columns<'_>) -> Result<Occurrence, StoreError> {
    Ok(Occurrence {
        source: columns.text("source")?.to_owned(),
        key: columns.text("key")?.to_owned(),
        version: columns.text("version")?.to_owned(),
        due: columns.time("due")?,
        serial: row.try_get("serial").map_err(|error| classify(&error))?,
        data: columns.payload("data")?.ok_or_else(|| columns.bad("data is missing"))?,
    })
}

pub(super) fn leased(row: &PgRow) -> Result<LeasedOccurrence, StoreError> {
    let columns = columns("occurrences", row);
    Ok(LeasedOccurrence {
        id: OccurrenceId(columns.integer("id")?),
        occurrence: occurrence(row, &columns)?,
        attempt: columns.number("attempt")?,
    })
}
