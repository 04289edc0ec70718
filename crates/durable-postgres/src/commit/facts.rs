//! What a decision rests on when nothing is looked up beforehand.

use std::collections::{HashMap, HashSet};

use durable_core::{
    decision::{Facts, Seen},
    model::{InstanceKey, InstanceKind, NewInstance},
    store::{Batch, Commit, Target, TurnOrigin},
};
use fnhost_protocol::{ids::InstanceId, status::RuntimeStatus};

use crate::commit::rests::Rests;

/// What must be true for the batch to do what the engine expects: the fences of all turns and results hold, new ids are
/// free, and whoever gets a message is alive. The statement that writes checks it. `None` where nothing can be
/// expected.
pub(super) fn assume(batch: &Batch) -> Option<(Facts, Rests<'_>)> {
    let mut facts = Facts::default();
    for commit in &batch.commits {
        match commit {
            Commit::Turn(turn) => {
                if let TurnOrigin::Existing { turn: before } = &turn.origin {
                    facts.instances.insert(turn.key, assumed(turn.update.generation, *before));
                }
                facts.leased.extend(&turn.tasks_done);
            }
            Commit::TaskResult(result) => {
                let task = result.task;
                facts.instances.entry(task.instance).or_insert_with(|| assumed(task.generation, 0));
                facts.leased.insert(task);
            }
            Commit::Deliver(message) => _ = facts.scheduled.insert((message.due, message.entity.key)),
            Commit::Start(_) | Commit::Send(_) => {}
            // Whether an id is there to be removed is anybody's guess.
            Commit::Purge(_) => return None,
        }
    }
    let targets = targets(batch);
    for (place, id) in targets.iter().enumerate() {
        let key = stand_in(place);
        facts.ids.insert((*id).clone(), key);
        facts.instances.insert(key, assumed(0, 0));
    }
    Some((facts, Rests::Assumed { targets }))
}

/// The key under which an instance stands whose own is not known yet.
fn stand_in(place: usize) -> InstanceKey {
    InstanceKey(-1 - place as i64)
}

/// Who gets messages and is not created by this very batch.
fn targets(batch: &Batch) -> Vec<&InstanceId> {
    let mut created = HashSet::new();
    let mut named = HashMap::new();
    let mut name = |id| {
        let place = named.len();
        named.entry(id).or_insert(place);
    };
    for commit in &batch.commits {
        let (messages, sent) = match commit {
            Commit::Turn(turn) => (turn.messages.as_slice(), None),
            Commit::Send(send) => ([].as_slice(), Some(&send.target)),
            Commit::Start(_) | Commit::TaskResult(_) | Commit::Deliver(_) | Commit::Purge(_) => {
                (&[][..], None)
            }
        };
        match commit {
            Commit::Start(start) => _ = created.insert(&start.instance.id),
            Commit::Turn(turn) => created.extend(match &turn.origin {
                TurnOrigin::New { instance, .. } => Some(&instance.id),
                TurnOrigin::Existing { .. } => None,
            }),
            Commit::Deliver(message) => name(&message.entity.id),
            Commit::Send(_) | Commit::TaskResult(_) | Commit::Purge(_) => {}
        }
        for target in messages.iter().map(|message| &message.target).chain(sent) {
            match target {
                Target::Create { instance, .. } => _ = created.insert(&instance.id),
                Target::Existing(id) | Target::Entity(NewInstance { id, .. }) => name(id),
                Target::Scheduled { .. } => {}
            }
        }
    }
    let mut targets: Vec<_> = named.into_iter().filter(|(id, _)| !created.contains(id)).collect();
    targets.sort_unstable_by_key(|(_, place)| *place);
    targets.into_iter().map(|(id, _)| id).collect()
}

/// A living instance. Kind and status matter to purges and to replacements only, which look ids up.
fn assumed(generation: u32, turn: u64) -> Seen {
    let (kind, status) = (InstanceKind::Orchestration, RuntimeStatus::Running);
    Seen { kind, status, generation, turn, elsewhere: false }
}
