//! The SQL of a commit: constant texts, of which a script takes those that have rows.
//!
//! $1 is the hub, $2 the epoch, $3 the batch's time. Each argument from $4 to $18 is a JSON array with one inner array per row (or one number per row). SQLite's
//! `jsonb_each` walks it without parsing it again for each column. Texts inside are JSON strings and come out as
//! they went in. `+hub` keeps SQLite from walking the whole hub by the index on (hub, id).

/// $4: key, turn before, turn, generation, status, events, actions, updated_at, owner; and only where one of them
/// is there: custom status, output, failure, whether there is a new state, state, lock.
pub(super) const TURNS: &str = "
UPDATE instances SET
    turn = new.value ->> 2, generation = new.value ->> 3, status = new.value ->> 4, events = new.value ->> 5,
    actions = new.value ->> 6, updated_at = new.value ->> 7, owner = new.value ->> 8,
    custom_status = coalesce(new.value ->> 9, custom_status), output = coalesce(new.value ->> 10, output),
    failure = coalesce(new.value ->> 11, failure),
    state = CASE WHEN new.value ->> 12 THEN new.value ->> 13 ELSE state END, lock = new.value ->> 14
FROM jsonb_each($4) AS new
WHERE instances.key = new.value ->> 0 AND instances.turn = new.value ->> 1 AND +instances.hub = $1";

/// Stops the script unless the statement before has changed so many rows.
pub(super) const FENCE_TURNS: &str = "INSERT INTO fence VALUES (changes(), $19)";

/// $5: instance, generation, task.
pub(super) const TASKS_DONE: &str = "
DELETE FROM tasks WHERE owner = $2 AND (instance, generation, task) IN (
    SELECT value ->> 0, value ->> 1, value ->> 2 FROM jsonb_each($5))";

/// As [`FENCE_TURNS`].
pub(super) const FENCE_TASKS: &str = "INSERT INTO fence VALUES (changes(), $20)";

/// $6: instance, generation, task.
pub(super) const TIMERS_DONE: &str = "
DELETE FROM timers WHERE (instance, generation, task) IN (
    SELECT value ->> 0, value ->> 1, value ->> 2 FROM jsonb_each($6))";

/// $7: ids.
pub(super) const CONSUMED: &str = "DELETE FROM inbox WHERE id IN (SELECT value FROM json_each($7))";

/// $8: keys of finished instances.
pub(super) const FINISHED: [&str; 3] = [
    "DELETE FROM tasks WHERE instance IN (SELECT value FROM json_each($8))",
    "DELETE FROM timers WHERE instance IN (SELECT value FROM json_each($8))",
    "DELETE FROM inbox WHERE instance IN (SELECT value FROM json_each($8))",
];

/// $9: key, input of instances that continue as new.
pub(super) const CONTINUED: [&str; 4] = [
    "DELETE FROM history WHERE instance IN (SELECT value ->> 0 FROM jsonb_each($9))",
    "DELETE FROM tasks WHERE instance IN (SELECT value ->> 0 FROM jsonb_each($9))",
    "DELETE FROM timers WHERE instance IN (SELECT value ->> 0 FROM jsonb_each($9))",
    "INSERT OR REPLACE INTO inputs (instance, input) SELECT value ->> 0, value ->> 1 FROM jsonb_each($9)",
];

/// $10: instance, generation, turn, format, events.
pub(super) const HISTORY: &str = "
INSERT INTO history (instance, generation, turn, format, events)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4 FROM jsonb_each($10)";

/// $11: keys of instances that are purged or replaced.
pub(super) const REMOVED: [&str; 6] = [
    "DELETE FROM instances WHERE key IN (SELECT value FROM json_each($11))",
    "DELETE FROM inputs WHERE instance IN (SELECT value FROM json_each($11))",
    "DELETE FROM history WHERE instance IN (SELECT value FROM json_each($11))",
    "DELETE FROM inbox WHERE instance IN (SELECT value FROM json_each($11))",
    "DELETE FROM tasks WHERE instance IN (SELECT value FROM json_each($11))",
    "DELETE FROM timers WHERE instance IN (SELECT value FROM json_each($11))",
];

/// $12: key, id, kind, name, status, generation, turn, events, actions, owner, updated_at; and only where one of
/// them is there: parent, custom status, output, failure, state, lock.
pub(super) const CREATED: &str = "
INSERT INTO instances (key, hub, id, kind, name, status, generation, turn, events, actions, owner, created_at,
                       updated_at, parent, custom_status, output, failure, state, lock)
SELECT value ->> 0, $1, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6,
       value ->> 7, value ->> 8, value ->> 9, $3, value ->> 10, value ->> 11, value ->> 12, value ->> 13,
       value ->> 14, value ->> 15, value ->> 16
FROM jsonb_each($12)";

/// $13: instance, input.
pub(super) const INPUTS: &str =
    "INSERT INTO inputs (instance, input) SELECT value ->> 0, value ->> 1 FROM jsonb_each($13)";

/// $14: instance, generation, task, place, name, owner, attempt, input; and only where it is not 1: policy attempt.
pub(super) const TASKS: &str = "
INSERT INTO tasks (instance, generation, task, hub, place, name, owner, attempt, input, policy_attempt)
SELECT value ->> 0, value ->> 1, value ->> 2, $1, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7,
       coalesce(value ->> 8, 1)
FROM jsonb_each($14)";

/// $15: instance, generation, task, fire_at.
pub(super) const TIMERS: &str = "
INSERT INTO timers (instance, generation, task, hub, fire_at)
SELECT value ->> 0, value ->> 1, value ->> 2, $1, value ->> 3 FROM jsonb_each($15)";

/// $16: id, instance, format, message.
pub(super) const INBOX: &str = "
INSERT INTO inbox (id, instance, format, message)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM jsonb_each($16)";

/// $17: due, key.
pub(super) const DELIVERED: &str = "
DELETE FROM scheduled WHERE hub = $1 AND (due, key) IN (SELECT value ->> 0, value ->> 1 FROM jsonb_each($17))";

/// $18: due, key, id, name, format, message.
pub(super) const SCHEDULED: &str = "
INSERT INTO scheduled (hub, due, key, id, name, format, message)
SELECT $1, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5 FROM jsonb_each($18)";

/// All statements, for what must be true of each.
#[cfg(test)]
pub(super) fn all() -> Vec<&'static str> {
    let single = [
        TURNS,
        TASKS_DONE,
        TIMERS_DONE,
        CONSUMED,
        HISTORY,
        CREATED,
        INPUTS,
        TASKS,
        TIMERS,
        INBOX,
        DELIVERED,
        SCHEDULED,
    ];
    single.into_iter().chain(FINISHED).chain(CONTINUED).chain(REMOVED).collect()
}
