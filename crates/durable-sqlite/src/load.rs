//! Taking an instance into memory: its row with its inbox, and its history.

use durable_core::{
    model::{InstanceKey, Loaded, TaskRef, TimerRow},
    rows,
    store::StoreError,
};
use fnhost_protocol::{
    history::{HistoryEvent, TaskId},
    time::Timestamp,
};

use crate::{
    columns::columns,
    database::Database,
    error::classify,
    hub::Hub,
    suspects::{counted, died_when_due, last_deaths, of_instance, owner_died},
};

/// The row with its timers and its messages in one statement, so that all are of one moment: the row first, as
/// message 0.
const LOAD: &str = concat!(
    "
SELECT key, 0 AS message_id, id, kind, name, status, generation, turn, events, actions, parent, created_at,
       updated_at, state, lock, NULL AS format, NULL AS message,
       (SELECT json_group_array(json_array(generation, task, fire_at)) FROM timers WHERE instance = $1) AS timers, ",
    counted!(),
    " AS suspicion, ",
    owner_died!("$2"),
    " AS owner_died, ",
    died_when_due!("$2"),
    " AS died_when_due
FROM instances WHERE key = $1 AND +hub = $2
UNION ALL
SELECT instance, id, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, format, message,
       NULL, NULL, NULL, NULL
FROM inbox WHERE instance = $1
ORDER BY message_id"
);

const HISTORY: &str = "
SELECT instance, turn, format, events FROM history
WHERE instance = $1 AND generation = $2 AND EXISTS (SELECT 1 FROM instances WHERE key = $1 AND hub = $3)
ORDER BY turn";

/// Reads an instance with its inbox.
pub(crate) async fn load(
    database: &Database,
    hub: Hub,
    key: InstanceKey,
) -> Result<Option<Loaded>, StoreError> {
    let rows = sqlx::query(LOAD)
        .bind(key.0)
        .bind(hub.id)
        .fetch_all(&database.readers)
        .await
        .map_err(|error| classify(&error))?;
    let Some((first, messages)) = rows.split_first() else { return Ok(None) };
    let row = columns("instances", first);
    if row.integer("message_id")? != 0 {
        // Of another hub, or a message that nobody can get.
        return Ok(None);
    }
    Ok(Some(Loaded {
        instance: rows::instance(&row)?,
        entity_state: row.payload("state")?,
        inbox: messages.iter().map(|row| rows::message(&columns("inbox", row))).collect::<Result<_, _>>()?,
        timers: row.json::<Vec<_>>("timers")?.into_iter().map(|timer| self::timer(key, timer)).collect(),
        suspicion: of_instance(&row)?,
    }))
}

/// The events of one execution, in order.
pub(crate) async fn history(
    database: &Database,
    hub: Hub,
    key: InstanceKey,
    generation: u32,
) -> Result<Vec<HistoryEvent>, StoreError> {
    let rows = sqlx::query(HISTORY)
        .bind(key.0)
        .bind(generation)
        .bind(hub.id)
        .fetch_all(&database.readers)
        .await
        .map_err(|error| classify(&error))?;
    let mut events = Vec::new();
    for row in &rows {
        events.extend(rows::events(&columns("history", row))?);
    }
    Ok(events)
}

fn timer(instance: InstanceKey, (generation, task, fire_at): (u32, TaskId, i64)) -> TimerRow {
    TimerRow { fire_at: Timestamp::from_micros(fire_at), timer: TaskRef { instance, generation, task } }
}
