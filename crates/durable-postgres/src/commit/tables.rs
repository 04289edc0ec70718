//! What stands in each argument of a commit; the types are those of the migration, field by field.

use std::collections::HashMap;

use durable_core::{
    decision::{Created, Rows},
    model::{InstanceKey, TaskRef},
    rows,
    store::{Completion, EntityStateChange, Execution, Ownership, StoreError, TurnCommit, TurnOrigin},
};
use fnhost_protocol::{json::JsonText, time::Timestamp};

use crate::{
    columns::fit,
    commit::{
        rests::Touched,
        table::{Cells, RowTypes, Table},
    },
};

fn completion(turn: &TurnCommit) -> Option<&Completion> {
    match &turn.execution {
        Execution::Finished(completion) => Some(completion),
        Execution::Continues | Execution::ContinuedAsNew { .. } => None,
    }
}

fn next_input(turn: &TurnCommit) -> Option<&JsonText> {
    match &turn.execution {
        Execution::ContinuedAsNew { input, .. } => Some(input),
        Execution::Continues | Execution::Finished(_) => None,
    }
}

/// Custom status, output, failure.
fn results(cells: &mut Cells<'_>, turn: Option<&TurnCommit>) -> Result<(), StoreError> {
    let done = turn.and_then(completion);
    cells.json(turn.and_then(|turn| turn.update.custom_status.as_ref()));
    cells.json(done.and_then(|done| done.output.as_ref()));
    cells.serialized("a failure", done.and_then(|done| done.failure.as_ref()))?;
    Ok(())
}

fn state(turn: Option<&TurnCommit>) -> Option<Option<&JsonText>> {
    match turn.map(|turn| &turn.update.entity_state) {
        Some(EntityStateChange::Set(state)) => Some(state.as_ref()),
        Some(EntityStateChange::Unchanged) | None => None,
    }
}

fn is_kept(turn: &TurnCommit) -> bool {
    turn.update.ownership == Ownership::Keep
}

pub(super) fn touched(
    types: &RowTypes,
    touched: &HashMap<InstanceKey, Touched>,
) -> Result<Table, StoreError> {
    let mut table = types.table("touched_row", 6)?;
    for (key, touched) in touched {
        let mut cells = table.row();
        cells.int8(key.0).optional_int8(touched.turn.map(fit).transpose()?).bool(touched.own);
        cells.bool(touched.writes).bool(touched.ends).optional_bool(touched.is_final);
    }
    Ok(table)
}

pub(super) fn turns(types: &RowTypes, rows: &Rows<'_>) -> Result<Table, StoreError> {
    let mut table = types.table("turn_row", 16)?;
    for turn in rows.turns.iter().filter(|turn| rows.keeps(turn.key)) {
        let TurnOrigin::Existing { turn: before } = turn.origin else { continue };
        let (update, state) = (&turn.update, state(Some(turn)));
        let mut cells = table.row();
        cells.int8(turn.key.0).int8(fit(before)?).int8(fit(update.turn)?).int4(fit(update.generation)?);
        cells.int2(rows::status_number(update.status)).int8(fit(update.events)?).int8(fit(update.actions)?);
        cells.int8(update.updated_at.as_micros()).bool(is_kept(turn)).json(next_input(turn));
        results(&mut cells, Some(turn))?;
        cells.bool(state.is_some()).json(state.flatten()).serialized("a lock", update.lock.as_ref())?;
    }
    Ok(table)
}

pub(super) fn children<'r>(
    types: &RowTypes,
    children: impl IntoIterator<Item = &'r TaskRef>,
) -> Result<Table, StoreError> {
    let mut table = types.table("child_row", 3)?;
    for child in children {
        table.row().int8(child.instance.0).int4(fit(child.generation)?).int8(child.task.into());
    }
    Ok(table)
}

pub(super) fn consumed(types: &RowTypes, rows: &Rows<'_>) -> Result<Table, StoreError> {
    let mut table = types.table("consumed_row", 2)?;
    // What belongs to a finished or removed instance goes altogether.
    let some = |turn: &&&TurnCommit| rows.keeps(turn.key) && completion(turn).is_none();
    for turn in rows.turns.iter().filter(some) {
        for message in &turn.consumed {
            table.row().int8(turn.key.0).int8(message.0);
        }
    }
    Ok(table)
}

pub(super) fn known(types: &RowTypes, rows: &Rows<'_>) -> Result<Table, StoreError> {
    let mut table = types.table("known_row", 3)?;
    // Also of those that are removed afterwards.
    for turn in &rows.turns {
        if let Some(known) = turn.inbox {
            table.row().int8(turn.key.0).int8(known.upto.0).int4(fit(known.count)?);
        }
    }
    Ok(table)
}

pub(super) fn history(types: &RowTypes, rows: &Rows<'_>) -> Result<Table, StoreError> {
    let mut table = types.table("history_row", 4)?;
    for turn in rows.history.iter().filter(|turn| rows.keeps(turn.key) && !turn.history.is_empty()) {
        let mut cells = table.row();
        cells.int8(turn.key.0).int4(fit(turn.update.generation)?).int8(fit(turn.update.turn)?);
        cells.serialized("a run of history", Some(&turn.history))?;
    }
    Ok(table)
}

pub(super) fn created(types: &RowTypes, rows: &Rows<'_>, now: Timestamp) -> Result<Table, StoreError> {
    let mut table = types.table("created_row", 19)?;
    let mut all: Vec<_> = rows.created.iter().filter(|created| rows.keeps(created.new.key)).collect();
    // Hosts that create the same ids wait for each other in the unique index, and never in a circle.
    all.sort_unstable_by_key(|created| &created.new.id);
    for created in all {
        let (new, turn) = (created.new, created.turn);
        let mut cells = table.row();
        cells.int8(new.key.0).text(new.id.as_str()).int2(rows::kind_number(new.kind)).text(&new.name);
        counters(&mut cells, created, now)?;
        cells.optional_int8(new.parent.as_ref().map(|parent| parent.execution.key));
        cells.serialized("a parent", new.parent.as_ref())?;
        // One that continued as new in its first turn has the input of its next execution.
        cells.json(turn.and_then(next_input).or(new.input.as_ref()));
        results(&mut cells, turn)?;
        cells.json(state(turn).flatten());
        cells.serialized("a lock", turn.and_then(|turn| turn.update.lock.as_ref()))?;
    }
    Ok(table)
}

/// Status, generation, turn, events, actions, time, whether it is owned.
fn counters(cells: &mut Cells<'_>, created: &Created<'_>, now: Timestamp) -> Result<(), StoreError> {
    cells.int2(rows::status_number(created.status()));
    match created.turn {
        Some(turn) => {
            let update = &turn.update;
            cells.int4(fit(update.generation)?).int8(fit(update.turn)?).int8(fit(update.events)?);
            cells.int8(fit(update.actions)?).int8(update.updated_at.as_micros()).bool(is_kept(turn));
        }
        None => {
            cells.int4(0).int8(0).int8(0).int8(0).int8(now.as_micros()).bool(false);
        }
    }
    Ok(())
}

pub(super) fn tasks(types: &RowTypes, rows: &Rows<'_>) -> Result<Table, StoreError> {
    let mut table = types.table("task_row", 7)?;
    let mut tasks: Vec<_> = rows.tasks.iter().filter(|(key, ..)| rows.keeps(*key)).collect();
    // Places in the queue are drawn in the order of rows.
    tasks.sort_unstable_by_key(|(_, _, place, _)| *place);
    for (key, generation, _, task) in tasks {
        let mut cells = table.row();
        cells.int8(key.0).int4(fit(*generation)?).int8(task.task.into()).bool(task.lease);
        cells.int8(task.policy_attempt.into()).text(&task.name).text(task.input.as_str());
    }
    Ok(table)
}

pub(super) fn timers(types: &RowTypes, rows: &Rows<'_>) -> Result<Table, StoreError> {
    let mut table = types.table("timer_row", 4)?;
    for (key, generation, timer) in rows.timers.iter().filter(|(key, ..)| rows.keeps(*key)) {
        let mut cells = table.row();
        cells.int8(key.0).int4(fit(*generation)?).int8(timer.task.into()).int8(timer.fire_at.as_micros());
    }
    Ok(table)
}

pub(super) fn delivered(types: &RowTypes, rows: &Rows<'_>) -> Result<Table, StoreError> {
    let mut table = types.table("delivered_row", 2)?;
    for message in &rows.delivered {
        table.row().int8(message.due.as_micros()).int8(message.entity.key.0);
    }
    Ok(table)
}

pub(super) fn scheduled(types: &RowTypes, rows: &Rows<'_>) -> Result<Table, StoreError> {
    let mut table = types.table("scheduled_row", 5)?;
    for (due, entity, message) in &rows.scheduled {
        let mut cells = table.row();
        cells.int8(due.as_micros()).int8(entity.key.0).text(entity.id.as_str()).text(&entity.name);
        cells.serialized("a message", Some(*message))?;
    }
    Ok(table)
}

pub(super) fn replies(types: &RowTypes, rows: &Rows<'_>) -> Result<Table, StoreError> {
    let mut table = types.table("reply_row", 2)?;
    for reply in &rows.replies {
        table.row().int8(reply.to.host.epoch).serialized("a reply", Some(*reply))?;
    }
    Ok(table)
}

pub(super) fn inbox(types: &RowTypes, rows: &Rows<'_>) -> Result<Table, StoreError> {
    let mut table = types.table("message_row", 2)?;
    for (_, key, message) in &rows.inbox {
        // Those to the removed get a number too: outcomes name it.
        let key = if rows.keeps(*key) { key.0 } else { 0 };
        table.row().int8(key).serialized("a message", Some(*message).filter(|_| key != 0))?;
    }
    Ok(table)
}
