//! The facts that a decision rests on, as they are: read without a lock, checked again by the statement that writes.

use std::collections::{BTreeSet, HashSet};

use sqlx::postgres::PgRow;

use durable_core::{
    decision::Facts,
    model::{InstanceKey, TaskRef},
    rows,
    store::{Batch, Commit, KnownInbox, ScheduledMessage, StoreError, Target, TurnCommit, TurnOrigin},
};
use fnhost_protocol::ids::InstanceId;

use crate::{columns::columns, commit::rests::Rests, hosts::columns_of, hub::Hub, writer::Session};

const INSTANCES: &str = "
SELECT key, kind, status, generation, turn, owner, NULL AS id FROM instances WHERE key = ANY ($2) AND hub = $1
UNION ALL
SELECT i.* FROM unnest($3::text[]) AS asked (id) CROSS JOIN LATERAL (
    SELECT key, kind, status, generation, turn, owner, id FROM instances
    WHERE hub = $1 AND hub > 0 AND instances.id = asked.id OFFSET 0) AS i";

const LEASED_TASKS: &str = "
SELECT asked.instance, asked.generation, asked.task
FROM unnest($1::int8[], $2::int4[], $3::int8[]) AS asked (instance, generation, task) WHERE EXISTS (
    SELECT FROM tasks AS t
    WHERE (t.instance, t.generation, t.task) = (asked.instance, asked.generation, asked.task)
      AND t.owner IS NOT DISTINCT FROM $4 OFFSET 0)";

/// Inboxes ($1) that have not $3 messages up to $2.
const OTHER_INBOXES: &str = "
SELECT asked.instance FROM unnest($1::int8[], $2::int8[], $3::int8[]) AS asked (instance, upto, count)
WHERE asked.count <> (SELECT count(*) FROM inbox AS i WHERE i.instance = asked.instance AND i.id <= asked.upto)";

const WAITING_MESSAGES: &str = "
SELECT asked.key, asked.due FROM unnest($2::int8[], $3::int8[]) AS asked (due, key) WHERE EXISTS (
    SELECT FROM scheduled AS s WHERE s.hub = $1 AND (s.due, s.key) = (asked.due, asked.key) OFFSET 0)";

/// What a batch names.
#[derive(Default)]
struct Names<'b> {
    keys: BTreeSet<i64>,
    ids: HashSet<&'b InstanceId>,
    tasks: Vec<TaskRef>,
    scheduled: Vec<&'b ScheduledMessage>,
    inboxes: Vec<(InstanceKey, KnownInbox)>,
}

impl<'b> Names<'b> {
    fn of(batch: &'b Batch) -> Self {
        let mut names = Self::default();
        for commit in &batch.commits {
            match commit {
                Commit::Turn(turn) => names.add_turn(turn),
                Commit::TaskResult(result) => {
                    names.keys.insert(result.task.instance.0);
                    names.tasks.push(result.task);
                }
                Commit::Start(start) => _ = names.ids.insert(&start.instance.id),
                Commit::Send(send) => names.add_target(&send.target),
                Commit::Deliver(message) => {
                    names.ids.insert(&message.entity.id);
                    names.scheduled.push(message);
                }
                Commit::Purge(purge) => _ = names.ids.insert(&purge.id),
            }
        }
        names
    }

    fn add_turn(&mut self, turn: &'b TurnCommit) {
        match &turn.origin {
            TurnOrigin::Existing { .. } => _ = self.keys.insert(turn.key.0),
            TurnOrigin::New { instance, .. } => _ = self.ids.insert(&instance.id),
        }
        self.tasks.extend(&turn.tasks_done);
        self.inboxes.extend(turn.inbox.map(|known| (turn.key, known)));
        for message in &turn.messages {
            self.add_target(&message.target);
        }
    }

    fn add_target(&mut self, target: &'b Target) {
        match target {
            Target::Existing(id) => self.ids.insert(id),
            Target::Entity(instance) | Target::Create { instance, .. } => self.ids.insert(&instance.id),
            Target::Scheduled { .. } => false,
        };
    }
}

/// Reads what the batch names.
pub(super) async fn read<'b>(
    session: &mut Session<'_>,
    hub: &Hub,
    batch: &'b Batch,
) -> Result<(Facts, Rests<'b>), StoreError> {
    let names = Names::of(batch);
    let mut facts = Facts::default();
    let keys: Vec<i64> = names.keys.iter().copied().collect();
    let ids: Vec<&str> = names.ids.iter().map(|id| id.as_str()).collect();
    for row in session.read(sqlx::query(INSTANCES).bind(hub.id).bind(keys).bind(ids)).await? {
        add_instance(&mut facts, &row, batch.lease.epoch)?;
    }
    if !names.tasks.is_empty() {
        let (instances, generations, tasks) = columns_of(&names.tasks)?;
        let query = sqlx::query(LEASED_TASKS).bind(instances).bind(generations).bind(tasks);
        for row in session.read(query.bind(batch.lease.epoch)).await? {
            add_leased(&mut facts, &row)?;
        }
    }
    if !names.scheduled.is_empty() {
        let (due, keys): (Vec<i64>, Vec<i64>) =
            names.scheduled.iter().map(|message| (message.due.as_micros(), message.entity.key.0)).unzip();
        for row in session.read(sqlx::query(WAITING_MESSAGES).bind(hub.id).bind(due).bind(keys)).await? {
            let row = columns("scheduled", &row);
            facts.scheduled.insert((row.time("due")?, row.instance_key("key")?));
        }
    }
    if !names.inboxes.is_empty() {
        let keys: Vec<i64> = names.inboxes.iter().map(|(key, _)| key.0).collect();
        let (upto, counts): (Vec<i64>, Vec<i64>) =
            names.inboxes.iter().map(|(_, known)| (known.upto.0, i64::from(known.count))).unzip();
        let query = sqlx::query(OTHER_INBOXES).bind(keys).bind(upto).bind(counts);
        for row in session.read(query).await? {
            facts.passed_over.insert(columns("inbox", &row).instance_key("instance")?);
        }
    }
    let rests = Rests::on_read(batch, &facts, names.ids.into_iter());
    Ok((facts, rests))
}

fn add_instance(facts: &mut Facts, row: &PgRow, epoch: i64) -> Result<(), StoreError> {
    let row = columns("instances", row);
    let key = row.instance_key("key")?;
    let seen = rows::seen(&row, row.optional_integer("owner")?.is_some_and(|owner| owner != epoch))?;
    facts.instances.insert(key, seen);
    if let Some(id) = row.optional_text("id")? {
        facts.ids.insert(InstanceId::from_stored(id), key);
    }
    Ok(())
}

fn add_leased(facts: &mut Facts, row: &PgRow) -> Result<(), StoreError> {
    facts.leased.insert(columns("tasks", row).task()?);
    Ok(())
}
