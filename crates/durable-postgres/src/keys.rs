//! Access keys and secrets of a task hub.

use durable_core::{
    rows,
    store::{KeyScope, StoreError, StoredKey},
};

use crate::{columns::columns, database::Database, error::classify, hub::Hub};

const PUT: &str = "
INSERT INTO keys (hub, scope, name, hash) VALUES ($1, $2, $3, $4)
ON CONFLICT (hub, scope, name) DO UPDATE SET hash = EXCLUDED.hash";

const PUT_SECRET: &str = "
INSERT INTO secrets (hub, name, secret) VALUES ($1, $2, $3) ON CONFLICT (hub, name) DO NOTHING";

/// All keys.
pub(crate) async fn keys(database: &Database, hub: &Hub) -> Result<Vec<StoredKey>, StoreError> {
    let rows = sqlx::query("SELECT name, scope, hash FROM keys WHERE hub = $1 ORDER BY scope, name")
        .bind(hub.id)
        .fetch_all(&database.pool)
        .await
        .map_err(|error| classify(&error))?;
    rows.iter().map(|row| rows::key(&columns("keys", row))).collect()
}

/// Adds a key or replaces the one of that scope and name. Doing it twice is doing it once, so an answer that got lost
/// is a reason to do it again.
pub(crate) async fn put(database: &Database, hub: &Hub, key: &StoredKey) -> Result<(), StoreError> {
    sqlx::query(PUT)
        .bind(hub.id)
        .bind(rows::write_scope(&key.scope))
        .bind(&key.name)
        .bind(key.hash.as_slice())
        .execute(&database.pool)
        .await
        .map_err(|error| classify(&error))?;
    Ok(())
}

/// Removes a key; `false` when there was none.
pub(crate) async fn delete(
    database: &Database,
    hub: &Hub,
    scope: &KeyScope,
    name: &str,
) -> Result<bool, StoreError> {
    let done = sqlx::query("DELETE FROM keys WHERE hub = $1 AND scope = $2 AND name = $3")
        .bind(hub.id)
        .bind(rows::write_scope(scope))
        .bind(name)
        .execute(&database.pool)
        .await
        .map_err(|error| classify(&error))?;
    Ok(done.rows_affected() > 0)
}

/// The secret of that name; the first candidate becomes it.
pub(crate) async fn secret(
    database: &Database,
    hub: &Hub,
    name: &str,
    candidate: [u8; 32],
) -> Result<[u8; 32], StoreError> {
    let failed = |error: sqlx::Error| classify(&error);
    let find = sqlx::query_scalar("SELECT secret FROM secrets WHERE hub = $1 AND name = $2");
    let again = sqlx::query_scalar("SELECT secret FROM secrets WHERE hub = $1 AND name = $2");
    let found: Option<Vec<u8>> =
        find.bind(hub.id).bind(name).fetch_optional(&database.pool).await.map_err(failed)?;
    let found = match found {
        Some(found) => found,
        None => {
            let put = sqlx::query(PUT_SECRET).bind(hub.id).bind(name).bind(candidate.as_slice());
            put.execute(&database.pool).await.map_err(failed)?;
            again.bind(hub.id).bind(name).fetch_one(&database.pool).await.map_err(failed)?
        }
    };
    found.try_into().map_err(|_| rows::bad_row("secrets", name, "the secret has not 32 bytes"))
}
