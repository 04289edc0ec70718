//! What a decision rests on when nothing needs to be looked up.

use durable_core::{
    decision::{Facts, Seen, is_generated},
    model::InstanceKind,
    store::{Batch, Commit, Target, TurnOrigin},
};
use fnhost_protocol::status::RuntimeStatus;

/// What must be true for the batch to do what the engine expects, where it can be told without looking ids
/// up: the fences of all turns and results hold, and generated ids are free. The script checks it.
pub(super) fn assume(batch: &Batch) -> Option<Facts> {
    let mut facts = Facts::default();
    for commit in &batch.commits {
        match commit {
            Commit::Turn(turn) => {
                match &turn.origin {
                    TurnOrigin::Existing { turn: before } => {
                        facts.instances.insert(turn.key, assumed(turn.update.generation, *before));
                    }
                    TurnOrigin::New { instance, .. } if is_generated(&instance.id) => {}
                    TurnOrigin::New { .. } => return None,
                }
                let ids_are_known = turn.messages.iter().all(|message| match &message.target {
                    Target::Create { instance, .. } => is_generated(&instance.id),
                    Target::Scheduled { .. } => true,
                    Target::Existing(_) | Target::Entity(_) => false,
                });
                if !ids_are_known {
                    return None;
                }
                facts.leased.extend(&turn.tasks_done);
            }
            Commit::TaskResult(result) => {
                let task = result.task;
                facts.instances.entry(task.instance).or_insert_with(|| assumed(task.generation, 0));
                facts.leased.insert(task);
            }
            Commit::Start(start) if is_generated(&start.instance.id) => {}
            Commit::Send(send) if matches!(send.target, Target::Scheduled { .. }) => {}
            Commit::Start(_) | Commit::Send(_) | Commit::Deliver(_) | Commit::Purge(_) => return None,
        }
    }
    Some(facts)
}

/// A living instance. Kind and status matter to purges and to replacements by id only, which look ids up.
fn assumed(generation: u32, turn: u64) -> Seen {
    Seen {
        kind: InstanceKind::Orchestration,
        status: RuntimeStatus::Running,
        generation,
        turn,
        elsewhere: false,
    }
}
