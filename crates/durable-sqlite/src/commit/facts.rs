//! What a decision needs to know of the rows before the batch.

use std::collections::{HashMap, HashSet};

use durable_core::{
    model::{InstanceKey, InstanceKind, TaskRef},
    store::{Batch, Commit, Target, TurnOrigin},
};
use fnhost_protocol::{ids::InstanceId, status::RuntimeStatus};

/// Instances and leased tasks that a batch names, as they are; kept up to date while the stages go by.
#[derive(Debug, Default)]
pub(super) struct Facts {
    /// Which instance has an id. An id that is not here is free.
    pub(super) ids: HashMap<InstanceId, InstanceKey>,
    /// An instance that is not here does not exist.
    pub(super) instances: HashMap<InstanceKey, Seen>,
    /// Tasks that are leased to the batch's writer.
    pub(super) leased: HashSet<TaskRef>,
}

/// An instance as far as decisions look at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) kind: InstanceKind,
    pub(super) status: RuntimeStatus,
    pub(super) generation: u32,
    pub(super) turn: u64,
}

impl Facts {
    /// What must be true for the batch to do what the engine expects, where it can be told without looking ids
    /// up: the fences of all turns and results hold, and generated ids are free. The script checks it.
    pub(super) fn assume(batch: &Batch) -> Option<Self> {
        let mut facts = Self::default();
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
                Commit::Start(_) | Commit::Send(_) | Commit::Purge(_) => return None,
            }
        }
        Some(facts)
    }
}

/// A living instance. Kind and status matter to purges and to replacements by id only, which look ids up.
fn assumed(generation: u32, turn: u64) -> Seen {
    Seen { kind: InstanceKind::Orchestration, status: RuntimeStatus::Running, generation, turn }
}

/// Whether an id looks like those that the engine draws: a user would have to work to take one.
fn is_generated(id: &InstanceId) -> bool {
    let text = id.as_str().as_bytes();
    text.len() == 32 && text[12] == b'7' && text.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generated_ids_are_known_by_their_form() {
        assert!(is_generated(&InstanceId::generate()));
        assert!(!is_generated(&InstanceId::from_stored("order-17")));
        assert!(!is_generated(&InstanceId::from_stored("0".repeat(32))));
    }
}
