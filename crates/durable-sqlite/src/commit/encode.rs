//! From a decision's rows to one script and its values.

use durable_core::{decision::Decision, store::StoreError};

use crate::{
    commit::{
        How,
        statements::{
            CONSUMED, CONTINUED, CREATED, DELIVERED, FENCE_TASKS, FENCE_TURNS, FINISHED, HISTORY, INBOX,
            INPUTS, REMOVED, SCHEDULED, TASKS, TASKS_DONE, TIMERS, TIMERS_DONE, TURNS,
        },
        table::Table,
        tables,
    },
    hub::{FENCE_EPOCH, Hub},
    script::{Script, Values},
};

/// The script that writes a decision, with its values.
pub(super) fn encode(decision: &Decision<'_>, hub: Hub, how: How) -> Result<(Script, Values), StoreError> {
    let (batch, rows) = (decision.batch(), decision.rows());
    let epoch = batch.lease.epoch;
    // In the order of the arguments from $4 on, which is also the order in which they are written.
    let tables: [(Table, &[&str]); 15] = [
        (tables::turns(rows, epoch)?, &[TURNS, FENCE_TURNS]),
        (tables::tasks_done(rows)?, &[TASKS_DONE, FENCE_TASKS]),
        (tables::timers_done(rows)?, &[TIMERS_DONE]),
        (tables::numbers(rows.consumed.iter().map(|id| id.0))?, &[CONSUMED]),
        (tables::numbers(rows.finished.iter().map(|key| key.0))?, &FINISHED),
        (tables::continued(rows)?, &CONTINUED),
        (tables::history(rows)?, &[HISTORY]),
        (tables::numbers(rows.removed.iter().map(|key| key.0))?, &REMOVED),
        (tables::created(rows, epoch, batch.now)?, &[CREATED]),
        (tables::inputs(rows)?, &[INPUTS]),
        (tables::tasks(rows, epoch)?, &[TASKS]),
        (tables::timers(rows)?, &[TIMERS]),
        (tables::inbox(rows)?, &[INBOX]),
        (tables::delivered(rows)?, &[DELIVERED]),
        (tables::scheduled(rows)?, &[SCHEDULED]),
    ];
    let (turns, tasks_done) = (tables[0].0.len(), tables[1].0.len());
    let mut script = match how {
        How::Assumed => Script::begin().then(FENCE_EPOCH),
        How::Read => Script::go_on(),
    };
    let mut values = Values::default().with(hub.id)?.with(epoch)?.with(batch.now.as_micros())?;
    for (table, statements) in tables {
        if table.len() > 0 {
            let wanted = |statement: &&&str| how == How::Assumed || !is_fence(statement);
            statements.iter().filter(wanted).for_each(|statement| script.push(statement));
        }
        values.push(table.into_json()?)?;
    }
    values.push(turns as i64)?;
    values.push(tasks_done as i64)?;
    Ok((script.commit(), values))
}

/// Whether a statement checks what a decision from read facts knows already.
fn is_fence(statement: &str) -> bool {
    statement == FENCE_TURNS || statement == FENCE_TASKS
}
