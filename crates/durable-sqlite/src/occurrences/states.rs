//! What triggers have written down about their sources.

use durable_core::{rows, store::StoreError};
use fnhost_protocol::json::JsonText;

use crate::{
    columns::columns,
    database::Database,
    error::classify,
    hub::Hub,
    script::{Script, Values},
};

const READ: &str = "
SELECT s.name AS name, s.state AS state FROM json_each($2) AS asked
CROSS JOIN sources AS s ON s.hub = $1 AND s.name = asked.value
WHERE s.state IS NOT NULL";

const WRITE: &str = "
INSERT INTO sources (hub, name, state) SELECT $1, value ->> 0, value ->> 1 FROM jsonb_each($2) WHERE true
ON CONFLICT (hub, name) DO UPDATE SET state = excluded.state";

#[cfg(test)]
pub(super) const STATEMENTS: [&str; 2] = [READ, WRITE];

pub(super) async fn read(
    database: &Database,
    hub: Hub,
    sources: &[String],
) -> Result<Vec<(String, JsonText)>, StoreError> {
    let rows = sqlx::query(READ)
        .bind(hub.id)
        .bind(rows::to_json("a list of sources", sources)?)
        .fetch_all(&database.readers)
        .await
        .map_err(|error| classify(&error))?;
    let state = |row| {
        let row = columns("sources", row);
        let state = row.payload("state")?.ok_or_else(|| row.bad("state is missing"))?;
        Ok((row.text("name")?.to_owned(), state))
    };
    rows.iter().map(state).collect()
}

pub(super) async fn write(
    database: &Database,
    hub: Hub,
    states: &[(String, JsonText)],
) -> Result<(), StoreError> {
    let cells: Vec<_> = states.iter().map(|(source, state)| (source, state.as_str())).collect();
    let values = Values::default().with(hub.id)?.with(rows::to_json("a list of states", &cells)?)?;
    let script = Script::begin().then(WRITE).commit();
    database.writer.session().await?.transact(script, values, |_, _| Ok(())).await
}
