//! What stands in each argument of a commit's script; see the statements for which value is which column.

use durable_core::{
    decision::{Created, Rows},
    model::InstanceKey,
    rows,
    store::{
        Completion, EntityStateChange, Execution, InstanceUpdate, Ownership, StoreError, TurnCommit,
        TurnOrigin,
    },
};
use fnhost_protocol::{history::FORMAT_VERSION, time::Timestamp};

use crate::commit::table::{Cells, Table};

pub(super) fn numbers(numbers: impl Iterator<Item = i64>) -> Result<Table, StoreError> {
    let mut table = Table::default();
    for number in numbers {
        table.number(number)?;
    }
    Ok(table)
}

/// The epoch that owns an instance after a turn.
fn owner(cells: &mut Cells<'_>, ownership: Ownership, epoch: i64) -> Result<(), StoreError> {
    match ownership {
        Ownership::Keep => cells.number(epoch)?,
        Ownership::Release => cells.null(),
    };
    Ok(())
}

fn completion(turn: &TurnCommit) -> Option<&Completion> {
    match &turn.execution {
        Execution::Finished(completion) => Some(completion),
        Execution::Continues | Execution::ContinuedAsNew { .. } => None,
    }
}

/// What few turns change: custom status, output, failure, state, lock.
fn extras(turn: &TurnCommit) -> Option<&InstanceUpdate> {
    let update = &turn.update;
    let any = completion(turn).is_some()
        || update.custom_status.is_some()
        || update.entity_state != EntityStateChange::Unchanged
        || update.lock.is_some();
    any.then_some(update)
}

pub(super) fn turns(rows: &Rows<'_>, epoch: i64) -> Result<Table, StoreError> {
    let mut table = Table::default();
    for turn in rows.turns.iter().filter(|turn| rows.keeps(turn.key)) {
        let TurnOrigin::Existing { turn: before } = turn.origin else { continue };
        let update = &turn.update;
        let mut cells = table.row();
        cells.number(turn.key.0)?.count(before)?.count(update.turn)?.number(update.generation)?;
        cells.number(rows::status_number(update.status))?.count(update.events)?.count(update.actions)?;
        cells.number(update.updated_at.as_micros())?;
        owner(&mut cells, update.ownership, epoch)?;
        if let Some(update) = extras(turn) {
            let done = completion(turn);
            cells.json(update.custom_status.as_ref())?.json(done.and_then(|done| done.output.as_ref()))?;
            cells.optional("a failure", done.and_then(|done| done.failure.as_ref()))?;
            match &update.entity_state {
                EntityStateChange::Set(state) => cells.number(1)?.json(state.as_ref())?,
                EntityStateChange::Unchanged => cells.number(0)?.null(),
            };
            cells.optional("a lock", update.lock.as_ref())?;
        }
    }
    Ok(table)
}

pub(super) fn tasks_done(rows: &Rows<'_>) -> Result<Table, StoreError> {
    let mut table = Table::default();
    for task in &rows.tasks_done {
        table.row().number(task.instance.0)?.number(task.generation)?.number(task.task)?;
    }
    Ok(table)
}

pub(super) fn timers_done(rows: &Rows<'_>) -> Result<Table, StoreError> {
    let mut table = Table::default();
    for timer in &rows.timers_done {
        table.row().number(timer.instance.0)?.number(timer.generation)?.number(timer.task)?;
    }
    Ok(table)
}

pub(super) fn continued(rows: &Rows<'_>) -> Result<Table, StoreError> {
    let mut table = Table::default();
    for turn in rows.continued.iter().filter(|turn| rows.keeps(turn.key)) {
        if let Execution::ContinuedAsNew { input, .. } = &turn.execution {
            table.row().number(turn.key.0)?.text(input.as_str())?;
        }
    }
    Ok(table)
}

pub(super) fn history(rows: &Rows<'_>) -> Result<Table, StoreError> {
    let mut table = Table::default();
    for turn in rows.history.iter().filter(|turn| rows.keeps(turn.key) && !turn.history.is_empty()) {
        let mut cells = table.row();
        cells.number(turn.key.0)?.number(turn.update.generation)?.count(turn.update.turn)?;
        cells.number(FORMAT_VERSION)?.value("a run of history", &turn.history)?;
    }
    Ok(table)
}

pub(super) fn created(rows: &Rows<'_>, epoch: i64, now: Timestamp) -> Result<Table, StoreError> {
    let mut table = Table::default();
    for created in rows.created.iter().filter(|created| rows.keeps(created.new.key)) {
        let mut cells = table.row();
        cells
            .number(created.new.key.0)?
            .text(created.new.id.as_str())?
            .number(rows::kind_number(created.new.kind))?;
        cells.text(&created.new.name)?.number(rows::status_number(created.status()))?;
        match created.turn {
            Some(turn) => after_first_turn(&mut cells, created, turn, epoch)?,
            None => before_first_turn(&mut cells, created, now)?,
        }
    }
    Ok(table)
}

fn before_first_turn(cells: &mut Cells<'_>, created: &Created<'_>, now: Timestamp) -> Result<(), StoreError> {
    cells.number(0)?.number(0)?.number(0)?.number(0)?.null().number(now.as_micros())?;
    if let Some(parent) = &created.new.parent {
        cells.value("a parent", parent)?;
    }
    Ok(())
}

fn after_first_turn(
    cells: &mut Cells<'_>,
    created: &Created<'_>,
    turn: &TurnCommit,
    epoch: i64,
) -> Result<(), StoreError> {
    let update = &turn.update;
    cells.number(update.generation)?.count(update.turn)?.count(update.events)?.count(update.actions)?;
    owner(cells, update.ownership, epoch)?;
    cells.number(update.updated_at.as_micros())?;
    let extras = extras(turn);
    if created.new.parent.is_none() && extras.is_none() {
        return Ok(());
    }
    cells.optional("a parent", created.new.parent.as_ref())?;
    if let Some(update) = extras {
        let done = completion(turn);
        cells.json(update.custom_status.as_ref())?.json(done.and_then(|done| done.output.as_ref()))?;
        cells.optional("a failure", done.and_then(|done| done.failure.as_ref()))?;
        match &update.entity_state {
            EntityStateChange::Set(state) => cells.json(state.as_ref())?,
            EntityStateChange::Unchanged => cells.null(),
        };
        cells.optional("a lock", update.lock.as_ref())?;
    }
    Ok(())
}

pub(super) fn inputs(rows: &Rows<'_>) -> Result<Table, StoreError> {
    let mut table = Table::default();
    // One that continued as new in its first turn has the input of its next execution, written as such.
    let continued = |key: InstanceKey| rows.continued.iter().any(|turn| turn.key == key);
    for created in rows.created.iter().filter(|created| rows.keeps(created.new.key)) {
        if let Some(input) = &created.new.input
            && !continued(created.new.key)
        {
            table.row().number(created.new.key.0)?.text(input.as_str())?;
        }
    }
    Ok(table)
}

pub(super) fn tasks(rows: &Rows<'_>, epoch: i64) -> Result<Table, StoreError> {
    let mut table = Table::default();
    for (key, generation, place, task) in rows.tasks.iter().filter(|(key, ..)| rows.keeps(*key)) {
        let mut cells = table.row();
        cells.number(key.0)?.number(*generation)?.number(task.task)?.number(*place)?.text(&task.name)?;
        if task.lease {
            cells.number(epoch)?.number(1)?;
        } else {
            cells.null().number(0)?;
        }
        cells.text(task.input.as_str())?;
        if task.policy_attempt != 1 {
            cells.number(task.policy_attempt)?;
        }
    }
    Ok(table)
}

pub(super) fn timers(rows: &Rows<'_>) -> Result<Table, StoreError> {
    let mut table = Table::default();
    for (key, generation, timer) in rows.timers.iter().filter(|(key, ..)| rows.keeps(*key)) {
        let mut cells = table.row();
        cells.number(key.0)?.number(*generation)?.number(timer.task)?.number(timer.fire_at.as_micros())?;
    }
    Ok(table)
}

pub(super) fn delivered(rows: &Rows<'_>) -> Result<Table, StoreError> {
    let mut table = Table::default();
    for message in &rows.delivered {
        table.row().number(message.due.as_micros())?.number(message.entity.key.0)?;
    }
    Ok(table)
}

pub(super) fn scheduled(rows: &Rows<'_>) -> Result<Table, StoreError> {
    let mut table = Table::default();
    for (due, entity, message) in &rows.scheduled {
        let mut cells = table.row();
        cells.number(due.as_micros())?.number(entity.key.0)?.text(entity.id.as_str())?.text(&entity.name)?;
        cells.number(FORMAT_VERSION)?.value("a message", message)?;
    }
    Ok(table)
}

pub(super) fn inbox(rows: &Rows<'_>) -> Result<Table, StoreError> {
    let mut table = Table::default();
    for (id, key, message) in rows.inbox.iter().filter(|(_, key, _)| rows.keeps(*key)) {
        let mut cells = table.row();
        cells.number(id.0)?.number(key.0)?.number(FORMAT_VERSION)?.value("a message", message)?;
    }
    Ok(table)
}
