//! Against whom the death of a host is counted, and what is on trial.
//!
//! A death is counted by whoever clears what the dead host owned, row by row in the same statement. A count belongs to
//! one turn of an instance or to one call, so that work which has left its trace needs no row to be removed. An
//! instance with a timer that was due when a host died is counted when it gets an owner or is read.

use durable_core::{
    model::{HostLease, TaskRef},
    rows,
    store::StoreError,
    suspicion::{Suspicion, Work},
};
use fnhost_protocol::time::Timestamp;

use crate::{
    columns::{Columns, fit},
    database::Database,
    hosts::lost,
    hub::Hub,
};

/// What stands for the instance's own turn in the column `task`.
const TURN: i64 = -1;

/// Columns of an instance in statements where $2 is the hub: what is counted against its next turn; when hosts last
/// died by which one of its timers was due.
macro_rules! suspicion_columns {
    () => {
        "(SELECT json_build_array(deaths, smallest_trial, alone, died_at)::text FROM suspects AS s
          WHERE s.instance = instances.key AND s.task = -1 AND s.number = instances.turn) AS suspicion,
         (SELECT json_agg(died_at ORDER BY died_at)::text FROM hubs, unnest(loose_deaths) AS died_at WHERE hubs.id = $2
            AND died_at >= (SELECT min(fire_at) FROM timers WHERE timers.instance = instances.key)) AS died_when_due"
    };
}
pub(crate) use suspicion_columns;

const SET_TRIAL: &str = "SELECT set_trial($1, $2, $3, $4, $5, $6)";

/// Puts work on trial, in the place of what was.
pub(crate) async fn set_trial(
    database: &Database,
    hub: &Hub,
    lease: HostLease,
    trial: &[Work],
) -> Result<(), StoreError> {
    hub.check(lease)?;
    let (mut instances, mut tasks, mut numbers) = (Vec::new(), Vec::new(), Vec::<i64>::new());
    for work in trial {
        let (instance, task, number) = match *work {
            Work::Turn { instance, turn } => (instance.0, TURN, fit(turn)?),
            Work::Task(TaskRef { instance, generation, task }) => {
                (instance.0, task.into(), generation.into())
            }
        };
        instances.push(instance);
        tasks.push(task);
        numbers.push(number);
    }
    sqlx::query(SET_TRIAL)
        .bind(hub.id)
        .bind(lease.host)
        .bind(lease.epoch)
        .bind(instances)
        .bind(tasks)
        .bind(numbers)
        .execute(&database.pool)
        .await
        .map_err(|error| lost(&error, lease))?;
    Ok(())
}

/// What is counted against an instance, from [`suspicion_columns`].
pub(crate) fn of_instance(row: &Columns<'_>) -> Result<Suspicion, StoreError> {
    let suspicion = rows::suspicion(row)?;
    let died_when_due: Option<Vec<i64>> = row.optional_json("died_when_due")?;
    let died_when_due = died_when_due.into_iter().flatten().map(Timestamp::from_micros);
    Ok(suspicion.in_flight_at(died_when_due))
}

/// What is counted against a call, from the columns of its row of `suspects`, if it has one.
pub(crate) fn of_call(row: &Columns<'_>) -> Result<Suspicion, StoreError> {
    let Some(died_at) = row.optional_time("died_at")? else { return Ok(Suspicion::NONE) };
    Ok(Suspicion {
        deaths: row.number("deaths")?,
        smallest_trial: row.number("smallest_trial")?,
        alone: row.number("alone")?,
        died_at,
    })
}
