//! Against whom the death of a host is counted, and what is on trial.
//!
//! The death of a host touches no instance: its epoch is noted in `deaths`, and an instance that this epoch still
//! owns has been in flight there. That is found out when the instance is read, and settled, as a row of `suspects`,
//! when its owner is about to change. A row counts while its instance has had no further turn, or while its call
//! has no result; rows that are past are removed when a host registers.

use std::collections::BTreeSet;

use durable_core::{
    model::{HostLease, TaskRef},
    rows,
    store::StoreError,
    suspicion::{Suspicion, Work},
};
use fnhost_protocol::time::Timestamp;

use crate::{
    columns::Columns,
    database::Database,
    hub::{FENCE_EPOCH, Hub, run_fenced},
    script::{Script, Values},
};

/// What stands for the instance's own turn in the column `task`.
const TURN: i64 = -1;

/// Columns of an instance: what is counted against its next turn; the death of the host that owns it; the latest
/// deaths by which one of its timers was due. $2 is the hub.
macro_rules! counted {
    () => {
        "(SELECT json_array(deaths, smallest_trial, alone, died_at) FROM suspects
          WHERE suspects.instance = instances.key AND task = -1 AND number = instances.turn)"
    };
}
macro_rules! owner_died {
    ($hub:literal) => {
        concat!(
            "(SELECT died_at FROM deaths WHERE deaths.hub = ",
            $hub,
            " AND deaths.epoch = instances.owner)"
        )
    };
}
/// The latest deaths; so many as are to be kept in mind.
macro_rules! last_deaths {
    ($hub:literal) => {
        concat!("(SELECT died_at FROM deaths WHERE deaths.hub = ", $hub, " ORDER BY epoch DESC LIMIT 8)")
    };
}
macro_rules! died_when_due {
    ($hub:literal) => {
        concat!(
            "(SELECT json_group_array(died_at ORDER BY died_at) FROM ",
            last_deaths!($hub),
            " AS last WHERE died_at >= (SELECT min(fire_at) FROM timers WHERE timers.instance = instances.key))"
        )
    };
}
pub(crate) use {counted, died_when_due, last_deaths, owner_died};

/// What is counted against a call; for statements over `tasks`.
macro_rules! counted_call {
    () => {
        "(SELECT json_array(deaths, smallest_trial, alone, died_at) FROM suspects
          WHERE suspects.instance = tasks.instance AND suspects.task = tasks.task
            AND suspects.number = tasks.generation)"
    };
}
pub(crate) use counted_call;

/// Writes down what is counted against instances whose owner is about to change. $1 is the hub.
macro_rules! settle {
    ($instances:literal) => {
        concat!(
            "
INSERT INTO suspects (instance, task, number, hub, deaths, smallest_trial, alone, died_at)
SELECT key, -1, turn, $1, (owned > 0) + count(last.died_at), 0, 0, max(owned, coalesce(max(last.died_at), 0)) FROM (
    SELECT instances.key, instances.turn, coalesce(",
            owner_died!("$1"),
            ", 0) AS owned, coalesce(
        (SELECT died_at FROM suspects WHERE suspects.instance = instances.key AND task = -1 AND number = instances.turn), 0) AS counted,
        (SELECT min(fire_at) FROM timers WHERE timers.instance = instances.key) AS due
    FROM ",
            $instances,
            ") LEFT JOIN ",
            last_deaths!("$1"),
            " AS last ON last.died_at >= due AND last.died_at > max(owned, counted)
WHERE owned > 0 OR last.died_at > 0
GROUP BY key, turn, owned
ON CONFLICT DO UPDATE SET deaths = deaths + excluded.deaths, died_at = max(died_at, excluded.died_at)"
        )
    };
}

/// Those that are claimed: keys in $3, epoch $2.
pub(crate) const SETTLE_CLAIMED: &str = settle!(
    "json_each($3) AS asked CROSS JOIN instances ON instances.key = asked.value AND instances.owner IS NOT $2"
);

/// Those that are put on trial: rows of [`SET_TRIAL`] in $3.
const SETTLE_TRIED: &str = settle!(
    "jsonb_each($3) AS asked CROSS JOIN instances
    ON instances.key = asked.value ->> 0 AND asked.value ->> 1 = -1 AND instances.turn = asked.value ->> 2
    AND +instances.hub = $1"
);

const OWN: &str = "
UPDATE instances SET owner = $2 FROM jsonb_each($3) AS asked
WHERE instances.key = asked.value ->> 0 AND asked.value ->> 1 = -1 AND instances.turn = asked.value ->> 2
  AND +instances.hub = $1";

/// $3: instance, task or -1, number of the execution or turn.
const SET_TRIAL: &str = "
INSERT INTO suspects (instance, task, number, hub, deaths, smallest_trial, alone, died_at, trial)
SELECT value ->> 0, value ->> 1, value ->> 2, $1, 0, 0, 0, 0, $2 FROM jsonb_each($3) WHERE true
ON CONFLICT DO UPDATE SET trial = excluded.trial";

/// Ends the trial before; what is not on the next one has survived it. $3 as in [`SET_TRIAL`].
const SURVIVE: &str = "
UPDATE suspects SET trial = NULL, alone = alone * EXISTS (
    SELECT 1 FROM jsonb_each($3) AS asked
    WHERE asked.value ->> 0 = instance AND asked.value ->> 1 = task AND asked.value ->> 2 = number)
WHERE hub = $1 AND trial IS NOT NULL";

const END_TRIAL: &str = "UPDATE suspects SET trial = NULL WHERE hub = $1 AND trial IS NOT NULL";

/// For what must be true of each.
#[cfg(test)]
pub(crate) const STATEMENTS: [&str; 4] = [SETTLE_CLAIMED, SETTLE_TRIED, OWN, SET_TRIAL];

/// Notes that the hub's host has died without a trial. One that has deregistered left no name. $3 is the time.
const DIED: &str = "
INSERT INTO deaths (hub, epoch, died_at)
SELECT id, epoch, $3 FROM hubs WHERE id = $1 AND host IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM suspects WHERE suspects.hub = $1 AND trial = hubs.epoch)";

/// Counts such a death against the calls that the host had leased.
const COUNT_LEASED: &str = "
INSERT INTO suspects (instance, task, number, hub, deaths, smallest_trial, alone, died_at)
SELECT instance, task, generation, $1, 1, 0, 0, $3 FROM tasks
WHERE hub = $1 AND owner = (
    SELECT deaths.epoch FROM hubs JOIN deaths ON deaths.hub = hubs.id AND deaths.epoch = hubs.epoch
    WHERE hubs.id = $1)
ON CONFLICT DO UPDATE SET deaths = deaths + 1, died_at = excluded.died_at";

/// Forgets what was counted against work that has left its trace; finished statuses begin with 3.
const FORGET: &str = "
DELETE FROM suspects WHERE hub = $1 AND NOT CASE task
    WHEN -1 THEN EXISTS (
        SELECT 1 FROM instances WHERE key = suspects.instance AND turn = suspects.number AND status < 3)
    ELSE EXISTS (
        SELECT 1 FROM tasks WHERE tasks.instance = suspects.instance AND tasks.generation = suspects.number
                              AND tasks.task = suspects.task) END";

/// Counts the death of the hub's host against what is left of its trial.
const COUNT_TRIED: &str = "
UPDATE suspects SET
    deaths = deaths + 1, died_at = $3, alone = alone + (died.size = 1),
    smallest_trial = CASE smallest_trial WHEN 0 THEN died.size ELSE min(smallest_trial, died.size) END
FROM (SELECT epoch, (SELECT count(*) FROM suspects WHERE suspects.hub = $1 AND trial = hubs.epoch) AS size
      FROM hubs WHERE id = $1 AND host IS NOT NULL) AS died
WHERE suspects.hub = $1 AND suspects.trial = died.epoch";

/// What is done about the host before, when one registers.
pub(crate) fn count_death(script: Script) -> Script {
    script.then(DIED).then(COUNT_LEASED).then(FORGET).then(COUNT_TRIED).then(END_TRIAL)
}

/// Puts work on trial, in the place of what was.
pub(crate) async fn set_trial(
    database: &Database,
    hub: Hub,
    lease: HostLease,
    trial: &[Work],
) -> Result<(), StoreError> {
    hub.check(lease)?;
    let rows: BTreeSet<(i64, i64, u64)> = trial.iter().map(|work| row(*work)).collect();
    let values =
        Values::default().with(hub.id)?.with(lease.epoch)?.with(rows::to_json("a list of work", &rows)?)?;
    let script = Script::begin().then(FENCE_EPOCH).then(SURVIVE);
    let script = script.then(SETTLE_TRIED).then(OWN).then(SET_TRIAL).commit();
    let mut session = database.writer.session().await?;
    run_fenced(&mut session, lease, script, values, |_, _| Ok(())).await
}

/// Instance, task, number.
fn row(work: Work) -> (i64, i64, u64) {
    match work {
        Work::Turn { instance, turn } => (instance.0, TURN, turn),
        Work::Task(TaskRef { instance, generation, task }) => {
            (instance.0, i64::from(task), u64::from(generation))
        }
    }
}

/// What is counted against an instance, from the columns `suspicion`, `owner_died` and `died_when_due`.
pub(crate) fn of_instance(row: &Columns<'_>) -> Result<Suspicion, StoreError> {
    let mut suspicion = rows::suspicion(row)?;
    if let Some(died_at) = row.optional_time("owner_died")? {
        suspicion = suspicion.in_flight(died_at);
    }
    let died_when_due: Vec<i64> = row.json("died_when_due")?;
    Ok(suspicion.in_flight_at(died_when_due.into_iter().map(Timestamp::from_micros)))
}
