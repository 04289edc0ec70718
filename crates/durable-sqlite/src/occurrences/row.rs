//! How an occurrence stands in its row.

use durable_core::store::{LeasedOccurrence, Occurrence, OccurrenceId, StoreError};

use crate::columns::Columns;

/// The columns that [`occurrence`] and [`leased`] read.
macro_rules! occurrence_columns {
    () => {
        "occurrences.id AS id,
         (SELECT name FROM sources WHERE sources.id = occurrences.source) AS source,
         occurrences.key AS key, version, due, serial, attempt, data"
    };
}
pub(super) use occurrence_columns;

pub(super) fn occurrence(row: &Columns<'_>) -> Result<Occurrence, StoreError> {
    Ok(Occurrence {
        source: row.text("source")?.to_owned(),
        key: row.text("key")?.to_owned(),
        version: row.text("version")?.to_owned(),
        due: row.time("due")?,
        serial: row.integer("serial")? != 0,
        data: row.payload("data")?.ok_or_else(|| row.bad("data is missing"))?,
    })
}

pub(super) fn leased(row: &Columns<'_>) -> Result<LeasedOccurrence, StoreError> {
    Ok(LeasedOccurrence {
        id: OccurrenceId(row.integer("id")?),
        occurrence: occurrence(row)?,
        attempt: row.number("attempt")?,
    })
}
