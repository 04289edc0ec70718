//! Access keys and secrets of a task hub.

use sqlx::Row;

use durable_core::{
    rows,
    store::{KeyScope, StoreError, StoredKey},
};

use crate::{
    columns::columns,
    database::Database,
    error::classify,
    hub::Hub,
    script::{Script, Values},
};

/// All keys.
pub(crate) async fn keys(database: &Database, hub: Hub) -> Result<Vec<StoredKey>, StoreError> {
    let rows = sqlx::query("SELECT name, scope, hash FROM keys WHERE hub = $1 ORDER BY scope, name")
        .bind(hub.id)
        .fetch_all(&database.readers)
        .await
        .map_err(|error| classify(&error))?;
    rows.iter().map(|row| rows::key(&columns("keys", row))).collect()
}

/// Adds a key or replaces the one of that scope and name.
pub(crate) async fn put(database: &Database, hub: Hub, key: &StoredKey) -> Result<(), StoreError> {
    let script = Script::begin()
        .then("INSERT OR REPLACE INTO keys (hub, scope, name, hash) VALUES ($1, $2, $3, $4)")
        .commit();
    let values = Values::default()
        .with(hub.id)?
        .with(rows::write_scope(&key.scope))?
        .with(key.name.as_str())?
        .with(key.hash.as_slice())?;
    database.writer.session().await?.transact(script, values, |_, _| Ok(())).await
}

/// Removes a key; `false` when there was none.
pub(crate) async fn delete(
    database: &Database,
    hub: Hub,
    scope: &KeyScope,
    name: &str,
) -> Result<bool, StoreError> {
    let script = Script::begin()
        .then("DELETE FROM keys WHERE hub = $1 AND scope = $2 AND name = $3 RETURNING name")
        .commit();
    let values = Values::default().with(hub.id)?.with(rows::write_scope(scope))?.with(name)?;
    let mut found = false;
    let mut session = database.writer.session().await?;
    session
        .transact(script, values, |_, _| {
            found = true;
            Ok(())
        })
        .await?;
    Ok(found)
}

/// The secret of that name; the first candidate becomes it.
pub(crate) async fn secret(
    database: &Database,
    hub: Hub,
    name: &str,
    candidate: [u8; 32],
) -> Result<[u8; 32], StoreError> {
    let script = Script::begin()
        .then("INSERT INTO secrets (hub, name, secret) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING")
        .then("SELECT secret FROM secrets WHERE hub = $1 AND name = $2")
        .commit();
    let values = Values::default().with(hub.id)?.with(name)?.with(candidate.as_slice())?;
    let mut found: Option<Vec<u8>> = None;
    let mut session = database.writer.session().await?;
    session
        .transact(script, values, |_, row| {
            found = Some(row.try_get(0).map_err(|error| classify(&error))?);
            Ok(())
        })
        .await?;
    found
        .and_then(|secret| secret.try_into().ok())
        .ok_or_else(|| rows::bad_row("secrets", name, "the secret has not 32 bytes"))
}
