//! Looking for instances that are finished for a while, and for the children of one. Both walk an index that holds
//! nothing else.

use durable_core::{
    model::InstanceKey,
    rows,
    store::{FinishedQuery, FoundInstance, StoreError},
};
use fnhost_protocol::time::Timestamp;

use crate::{columns::columns, database::Database, error::classify, hub::Hub};

const FINISHED: &str = "
SELECT key, id, status, turn, events, updated_at FROM instances
WHERE hub = $1 AND status = $2 AND finished_at IS NOT NULL AND finished_at < $3 AND (finished_at, key) > ($4, $5)
  AND kind = 0 AND created_at BETWEEN $6 AND $7
ORDER BY finished_at, key LIMIT $8";

/// With `parent_key = $2` the planner might walk all keys in order and look for the parent.
const CHILDREN: &str = "
SELECT key, id, status, turn, events, updated_at FROM instances
WHERE (parent_key, key) > ($2, $3) AND parent_key <= $2 AND hub = $1
ORDER BY parent_key, key LIMIT $4";

/// Finished orchestrations, the longest finished first.
pub(crate) async fn finished(
    database: &Database,
    hub: &Hub,
    query: FinishedQuery,
) -> Result<Vec<FoundInstance>, StoreError> {
    let (after, key) = query.after.map_or((i64::MIN, i64::MIN), |(time, key)| (time.as_micros(), key.0));
    let rows = sqlx::query(FINISHED)
        .bind(hub.id)
        .bind(rows::status_number(query.status))
        .bind(query.before.as_micros())
        .bind(after)
        .bind(key)
        .bind(query.created_from.map_or(i64::MIN, Timestamp::as_micros))
        .bind(query.created_to.map_or(i64::MAX, Timestamp::as_micros))
        .bind(i64::from(query.limit))
        .fetch_all(&database.pool)
        .await
        .map_err(|error| classify(&error))?;
    rows.iter().map(|row| rows::found(&columns("instances", row))).collect()
}

/// Sub-orchestrations of an instance.
pub(crate) async fn children(
    database: &Database,
    hub: &Hub,
    parent: InstanceKey,
    after: Option<InstanceKey>,
    limit: u32,
) -> Result<Vec<FoundInstance>, StoreError> {
    let rows = sqlx::query(CHILDREN)
        .bind(hub.id)
        .bind(parent.0)
        .bind(after.map_or(i64::MIN, |after| after.0))
        .bind(i64::from(limit))
        .fetch_all(&database.pool)
        .await
        .map_err(|error| classify(&error))?;
    rows.iter().map(|row| rows::found(&columns("instances", row))).collect()
}
