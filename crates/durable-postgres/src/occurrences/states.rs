//! What triggers have written down about their sources.

use durable_core::store::StoreError;
use fnhost_protocol::json::JsonText;

use crate::{
    database::Database,
    error::{classify, classify_write},
    hub::Hub,
};

const READ: &str = "
SELECT s.name, s.state FROM unnest($2::text[]) AS asked (name)
CROSS JOIN LATERAL (SELECT name, state FROM sources WHERE hub = $1 AND name = asked.name OFFSET 0) AS s
WHERE s.state IS NOT NULL";

const WRITE: &str = "
INSERT INTO sources (hub, name, state)
SELECT $1, given.name, given.state FROM unnest($2::text[], $3::text[]) AS given (name, state)
ORDER BY given.name COLLATE \"C\"
ON CONFLICT (hub, name) DO UPDATE SET state = EXCLUDED.state";

pub(super) async fn read(
    database: &Database,
    hub: &Hub,
    sources: &[String],
) -> Result<Vec<(String, JsonText)>, StoreError> {
    let states: Vec<(String, String)> = sqlx::query_as(READ)
        .bind(hub.id)
        .bind(sources)
        .fetch_all(&database.pool)
        .await
        .map_err(|error| classify(&error))?;
    Ok(states.into_iter().map(|(source, state)| (source, JsonText::from_stored(state))).collect())
}

pub(super) async fn write(
    database: &Database,
    hub: &Hub,
    states: &[(String, JsonText)],
) -> Result<(), StoreError> {
    let (sources, states): (Vec<_>, Vec<_>) =
        states.iter().map(|(source, state)| (source.as_str(), state.as_str())).unzip();
    sqlx::query(WRITE)
        .bind(hub.id)
        .bind(sources)
        .bind(states)
        .execute(&database.pool)
        .await
        .map_err(|error| classify_write(&error))?;
    Ok(())
}
