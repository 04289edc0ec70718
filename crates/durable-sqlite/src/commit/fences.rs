//! The facts that a decision rests on, as they are. Nobody but this host can own an instance: another epoch than the
//! current one is nobody.

use std::collections::BTreeSet;

use sqlx::sqlite::SqliteRow;

use durable_core::{
    decision::Facts,
    model::TaskRef,
    rows,
    store::{Batch, Commit, StoreError, Target, TurnCommit, TurnOrigin},
};
use fnhost_protocol::ids::InstanceId;

use crate::{
    columns::columns,
    hub::{FENCE_EPOCH, Hub, run_fenced},
    script::{Script, Values},
    writer::Session,
};

const INSTANCES_BY_KEY: &str = "
SELECT key, kind, status, generation, turn, NULL AS id FROM instances
WHERE key IN (SELECT value FROM json_each($3)) AND +hub = $1";

const INSTANCES_BY_ID: &str = "
SELECT key, kind, status, generation, turn, id FROM instances
WHERE hub = $1 AND id IN (SELECT value FROM json_each($4))";

const LEASED_TASKS: &str = "
SELECT instance, generation, task FROM tasks
WHERE (instance, generation, task) IN (SELECT value ->> 0, value ->> 1, value ->> 2 FROM jsonb_each($5))
  AND owner = $2";

const WAITING_MESSAGES: &str = "
SELECT key, due FROM scheduled
WHERE hub = $1 AND (due, key) IN (SELECT value ->> 0, value ->> 1 FROM jsonb_each($6))";

/// For what must be true of each.
#[cfg(test)]
pub(super) const STATEMENTS: [&str; 4] = [INSTANCES_BY_KEY, INSTANCES_BY_ID, LEASED_TASKS, WAITING_MESSAGES];

/// What a batch names.
#[derive(Default)]
struct Names<'b> {
    keys: BTreeSet<i64>,
    ids: BTreeSet<&'b str>,
    tasks: Vec<(i64, u32, u32)>,
    scheduled: Vec<(i64, i64)>,
}

impl<'b> Names<'b> {
    fn of(batch: &'b Batch) -> Self {
        let mut names = Self::default();
        for commit in &batch.commits {
            match commit {
                Commit::Turn(turn) => names.add_turn(turn),
                Commit::TaskResult(result) => {
                    names.keys.insert(result.task.instance.0);
                    names.add_tasks(std::slice::from_ref(&result.task));
                }
                Commit::Start(start) => names.add_id(&start.instance.id),
                Commit::Send(send) => names.add_target(&send.target),
                Commit::Deliver(message) => {
                    names.scheduled.push((message.due.as_micros(), message.entity.key.0));
                    names.add_id(&message.entity.id);
                }
                Commit::Purge(purge) => names.add_id(&purge.id),
            }
        }
        names
    }

    fn add_turn(&mut self, turn: &'b TurnCommit) {
        match &turn.origin {
            TurnOrigin::Existing { .. } => {
                self.keys.insert(turn.key.0);
            }
            TurnOrigin::New { instance, .. } => self.add_id(&instance.id),
        }
        self.add_tasks(&turn.tasks_done);
        for message in &turn.messages {
            self.add_target(&message.target);
        }
    }

    fn add_tasks(&mut self, tasks: &[TaskRef]) {
        self.tasks.extend(tasks.iter().map(|task| (task.instance.0, task.generation, task.task)));
    }

    fn add_target(&mut self, target: &'b Target) {
        match target {
            Target::Existing(id) => self.add_id(id),
            Target::Entity(instance) | Target::Create { instance, .. } => self.add_id(&instance.id),
            Target::Scheduled { .. } => {}
        }
    }

    fn add_id(&mut self, id: &'b InstanceId) {
        self.ids.insert(id.as_str());
    }
}

/// Begins the transaction and reads what the batch names.
pub(super) async fn read(session: &mut Session<'_>, hub: Hub, batch: &Batch) -> Result<Facts, StoreError> {
    let names = Names::of(batch);
    let values = Values::default()
        .with(hub.id)?
        .with(batch.lease.epoch)?
        .with(rows::to_json("a list of keys", &names.keys)?)?
        .with(rows::to_json("a list of ids", &names.ids)?)?
        .with(rows::to_json("a list of tasks", &names.tasks)?)?
        .with(rows::to_json("a list of scheduled messages", &names.scheduled)?)?;
    let mut script =
        Script::begin().then(FENCE_EPOCH).then(INSTANCES_BY_KEY).then(INSTANCES_BY_ID).then(LEASED_TASKS);
    if !names.scheduled.is_empty() {
        script.push(WAITING_MESSAGES);
    }
    let mut facts = Facts::default();
    let read = |statement, row: &SqliteRow| match statement {
        2 | 3 => add_instance(&mut facts, row),
        4 => add_leased(&mut facts, row),
        _ => add_scheduled(&mut facts, row),
    };
    run_fenced(session, batch.lease, script, values, read).await?;
    Ok(facts)
}

fn add_instance(facts: &mut Facts, row: &SqliteRow) -> Result<(), StoreError> {
    let row = columns("instances", row);
    let key = row.instance_key("key")?;
    let seen = rows::seen(&row, false)?;
    facts.instances.insert(key, seen);
    if let Some(id) = row.optional_text("id")? {
        facts.ids.insert(InstanceId::from_stored(id), key);
    }
    Ok(())
}

fn add_leased(facts: &mut Facts, row: &SqliteRow) -> Result<(), StoreError> {
    facts.leased.insert(columns("tasks", row).task()?);
    Ok(())
}

fn add_scheduled(facts: &mut Facts, row: &SqliteRow) -> Result<(), StoreError> {
    let row = columns("scheduled", row);
    facts.scheduled.insert((row.time("due")?, row.instance_key("key")?));
    Ok(())
}
