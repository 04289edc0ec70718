//! Who may lease, and until when, by this database's clock.

use std::time::Duration;

use sqlx::postgres::types::PgInterval;

use durable_core::store::{Holder, StoreError};

use crate::{
    database::Database,
    error::{classify, classify_write, raised, said},
    hub::Hub,
};

const ENTER: &str = "
INSERT INTO lives (holder, hub, expires_at) VALUES (nextval('lives_begun'), $1, clock_timestamp() + $2) RETURNING holder";

const HOLD: &str = "
UPDATE lives SET expires_at = clock_timestamp() + $3 WHERE holder = $2 AND hub = $1 RETURNING holder";

const LEAVE: &str = "SELECT end_life($1, $2)";

pub(super) async fn enter(database: &Database, hub: &Hub, length: Duration) -> Result<Holder, StoreError> {
    // A life whose answer got lost is nobody's and runs out.
    let holder = sqlx::query_scalar(ENTER)
        .bind(hub.id)
        .bind(interval(length)?)
        .fetch_one(&database.pool)
        .await
        .map_err(|error| classify(&error))?;
    Ok(Holder(holder))
}

/// Goes over the connection that is never in a queue.
pub(super) async fn hold(
    database: &Database,
    hub: &Hub,
    holder: Holder,
    length: Duration,
) -> Result<(), StoreError> {
    let held: Option<i64> = sqlx::query_scalar(HOLD)
        .bind(hub.id)
        .bind(holder.0)
        .bind(interval(length)?)
        .fetch_optional(&database.pulse)
        .await
        .map_err(|error| classify(&error))?;
    held.map(|_| ()).ok_or_else(|| is_over(holder))
}

pub(super) async fn leave(database: &Database, hub: &Hub, holder: Holder) -> Result<(), StoreError> {
    sqlx::query(LEAVE)
        .bind(hub.id)
        .bind(holder.0)
        .execute(&database.pool)
        .await
        .map_err(|error| classify_write(&error))?;
    Ok(())
}

/// What an error of a call says that leases something.
pub(super) fn lost(error: &sqlx::Error, holder: Holder) -> StoreError {
    match said(error) {
        Some(said) if said.code() == raised::FENCED => is_over(holder),
        _ => classify_write(error),
    }
}

pub(super) fn is_over(holder: Holder) -> StoreError {
    StoreError::LeaseLost(format!("life {}", holder.0))
}

fn interval(length: Duration) -> Result<PgInterval, StoreError> {
    PgInterval::try_from(length)
        .map_err(|error| StoreError::Permanent(format!("a life of {length:?}: {error}")))
}
