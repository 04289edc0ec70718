//! Whole rows. Their columns have the names of the fields; one that is called otherwise is named.

use fnhost_protocol::{
    history::HistoryEvent,
    ids::EntityId,
    status::{EntityStatus, InstanceStatus},
    time::Timestamp,
};

use crate::{
    decision::Seen,
    message::Message,
    model::{Instance, InstanceKind, LeasedTask, MessageId, NewInstance, TimerRow},
    rows::{Cells, Columns, read_scope},
    store::{FoundInstance, InstanceVersion, ScheduledMessage, StoreError, StoredKey, StoredStatus},
    suspicion::Suspicion,
};

/// An instance, as the engine loads it.
///
/// # Errors
/// [`StoreError::Permanent`] with table, key and problem when the row cannot be understood; so for all here.
pub fn instance(row: &Columns<impl Cells>) -> Result<Instance, StoreError> {
    Ok(Instance {
        key: row.instance_key("key")?,
        id: row.instance_id("id")?,
        kind: row.kind("kind")?,
        name: row.text("name")?.to_owned(),
        status: row.status("status")?,
        generation: row.number("generation")?,
        turn: row.number("turn")?,
        events: row.number("events")?,
        actions: row.number("actions")?,
        parent: row.optional_json("parent")?,
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
        lock: row.optional_json("lock")?,
    })
}

/// What a fence needs to know of an instance.
///
/// # Errors
/// As for [`instance`].
pub fn seen(row: &Columns<impl Cells>, elsewhere: bool) -> Result<Seen, StoreError> {
    Ok(Seen {
        kind: row.kind("kind")?,
        status: row.status("status")?,
        generation: row.number("generation")?,
        turn: row.number("turn")?,
        elsewhere,
    })
}

/// An instance that was looked for by its status or its parent.
///
/// # Errors
/// As for [`instance`].
pub fn found(row: &Columns<impl Cells>) -> Result<FoundInstance, StoreError> {
    Ok(FoundInstance {
        version: InstanceVersion { key: row.instance_key("key")?, turn: row.number("turn")? },
        id: row.instance_id("id")?,
        status: row.status("status")?,
        updated_at: row.time("updated_at")?,
        events: row.number("events")?,
    })
}

/// What others may see of an orchestration.
///
/// # Errors
/// As for [`instance`].
pub fn stored_status(row: &Columns<impl Cells>) -> Result<StoredStatus, StoreError> {
    Ok(StoredStatus {
        key: row.instance_key("key")?,
        generation: row.number("generation")?,
        status: InstanceStatus {
            instance: row.instance_id("id")?,
            name: row.text("name")?.to_owned(),
            status: row.status("status")?,
            input: row.payload("input")?,
            output: row.payload("output")?,
            failure: row.optional_json("failure")?,
            custom_status: row.payload("custom_status")?,
            created_at: row.time("created_at")?,
            updated_at: row.time("updated_at")?,
            history: None,
        },
    })
}

/// What others may see of an entity; its last operation is in `updated_at`.
///
/// # Errors
/// As for [`instance`].
pub fn entity_status(row: &Columns<impl Cells>) -> Result<EntityStatus, StoreError> {
    let id = row.text("id")?;
    Ok(EntityStatus {
        entity: EntityId::parse(id).map_err(|error| row.bad(format_args!("id `{id}`: {error}")))?,
        state: row.payload("state")?,
        last_operation_at: row.time("updated_at")?,
    })
}

/// The events of one turn.
///
/// # Errors
/// As for [`instance`]; also when a later build has written them.
pub fn events(row: &Columns<impl Cells>) -> Result<Vec<HistoryEvent>, StoreError> {
    row.check_format()?;
    row.json("events")
}

/// A message that waits, with its id in `message_id`.
///
/// # Errors
/// As for [`events`].
pub fn message(row: &Columns<impl Cells>) -> Result<(MessageId, Message), StoreError> {
    row.check_format()?;
    Ok((MessageId(row.integer("message_id")?), row.json("message")?))
}

/// A message that waits for its time; `key`, `id` and `name` are those of its entity.
///
/// # Errors
/// As for [`events`].
pub fn scheduled(row: &Columns<impl Cells>) -> Result<ScheduledMessage, StoreError> {
    row.check_format()?;
    Ok(ScheduledMessage {
        due: row.time("due")?,
        entity: NewInstance {
            key: row.instance_key("key")?,
            id: row.instance_id("id")?,
            kind: InstanceKind::Entity,
            name: row.text("name")?.to_owned(),
            input: None,
            parent: None,
        },
        message: row.json("message")?,
    })
}

/// A timer.
///
/// # Errors
/// As for [`instance`].
pub fn timer(row: &Columns<impl Cells>) -> Result<TimerRow, StoreError> {
    Ok(TimerRow { fire_at: row.time("fire_at")?, timer: row.task()? })
}

/// A call that a host has leased; its orchestration's id is in `instance_id`.
///
/// # Errors
/// As for [`instance`]; also when the orchestration's row is missing.
pub fn call(row: &Columns<impl Cells>, suspicion: Suspicion) -> Result<LeasedTask, StoreError> {
    Ok(LeasedTask {
        task: row.task()?,
        instance_id: row.instance_id("instance_id")?,
        name: row.text("name")?.to_owned(),
        input: row.payload("input")?.ok_or_else(|| row.bad("its input is missing"))?,
        attempt: row.number("attempt")?,
        policy_attempt: row.number("policy_attempt")?,
        suspicion,
    })
}

/// What is counted against a turn or a call: in the column `suspicion` an array of deaths, smallest trial, deaths
/// alone, and time of the last; NULL is nothing.
///
/// # Errors
/// As for [`instance`].
pub fn suspicion(row: &Columns<impl Cells>) -> Result<Suspicion, StoreError> {
    let counted: Option<(u32, u32, u32, i64)> = row.optional_json("suspicion")?;
    Ok(counted.map_or(Suspicion::NONE, |(deaths, smallest_trial, alone, died_at)| Suspicion {
        deaths,
        smallest_trial,
        alone,
        died_at: Timestamp::from_micros(died_at),
    }))
}

/// An access key.
///
/// # Errors
/// As for [`instance`].
pub fn key(row: &Columns<impl Cells>) -> Result<StoredKey, StoreError> {
    Ok(StoredKey {
        scope: read_scope(row.text("scope")?).ok_or_else(|| row.bad("unknown scope"))?,
        name: row.text("name")?.to_owned(),
        hash: row.bytes("hash")?.try_into().map_err(|_| row.bad("the hash has not 32 bytes"))?,
    })
}
