//! Stage 1: whose items they are to write.

use std::collections::HashSet;

use crate::{
    decision::stages::Decision,
    store::{Commit, CommitOutcome, TurnCommit, TurnOrigin},
};

impl Decision<'_> {
    /// Stage 1. The epoch is the store's to check, inside the transaction.
    pub(super) fn fences(&mut self) {
        // An instance takes one turn, and a task carries one result: the first item of the batch that has it.
        let mut turned = HashSet::with_capacity(self.batch.commits.len());
        self.for_open(|this, at, commit| {
            let (in_place, tasks) = match commit {
                Commit::Turn(turn) => {
                    (this.is_expected(turn) && turned.insert(turn.key), turn.tasks_done.as_slice())
                }
                Commit::TaskResult(result) => (true, std::slice::from_ref(&result.task)),
                // The first item of the batch that names it takes it.
                Commit::Deliver(message) => {
                    (this.facts.scheduled.remove(&(message.due, message.entity.key)), [].as_slice())
                }
                Commit::Start(_) | Commit::Send(_) | Commit::Purge(_) => return,
            };
            if in_place && tasks.iter().all(|task| this.facts.leased.contains(task)) {
                for task in tasks {
                    this.facts.leased.remove(task);
                }
            } else {
                this.settle(at, CommitOutcome::Fenced);
            }
        });
    }

    fn is_expected(&self, turn: &TurnCommit) -> bool {
        let TurnOrigin::Existing { turn: expected } = turn.origin else { return true };
        self.facts.instances.get(&turn.key).is_some_and(|seen| seen.turn == expected && !seen.elsewhere)
            && !self.facts.passed_over.contains(&turn.key)
    }
}
