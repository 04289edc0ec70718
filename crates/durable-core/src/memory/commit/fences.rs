//! Stages 1 and 2: whose items they are to write, and what is removed before anything else.

use std::collections::BTreeSet;

use crate::{
    memory::commit::stages::Stages,
    model::{Instance, TaskRef},
    store::{Commit, CommitOutcome, Found, PurgeCommit, TurnCommit, TurnOrigin},
};

impl Stages<'_> {
    /// Stage 1. The epoch was checked under the same lock.
    pub(super) fn fences(&mut self) {
        // An instance takes one turn, and a call carries one result: the first item of the batch that has it.
        let mut turned = BTreeSet::new();
        let mut spent: BTreeSet<TaskRef> = BTreeSet::new();
        let mut delivered = BTreeSet::new();
        for (at, commit) in self.open() {
            let (in_place, tasks) = match commit {
                Commit::Turn(turn) => {
                    (self.is_expected(turn) && turned.insert(turn.key), turn.tasks_done.as_slice())
                }
                Commit::TaskResult(result) => (true, std::slice::from_ref(&result.task)),
                Commit::Deliver(scheduled) => {
                    let place = (scheduled.due, scheduled.entity.key);
                    (self.hub.scheduled.contains_key(&place) && delivered.insert(place), [].as_slice())
                }
                Commit::Start(_) | Commit::Send(_) | Commit::Purge(_) => continue,
            };
            if in_place && tasks.iter().all(|task| self.is_leased(*task) && !spent.contains(task)) {
                spent.extend(tasks);
            } else {
                self.decide(at, CommitOutcome::Fenced);
            }
        }
    }

    /// Stage 2.
    pub(super) fn purges(&mut self) {
        for (at, commit) in self.open() {
            if let Commit::Purge(purge) = commit {
                let outcome = self.purge(purge);
                self.decide(at, outcome);
            }
        }
    }

    fn is_expected(&self, turn: &TurnCommit) -> bool {
        let TurnOrigin::Existing { turn: expected } = turn.origin else { return true };
        self.hub.row(turn.key).is_some_and(|row| {
            row.owner.is_none_or(|owner| owner == self.batch.lease)
                && row.instance.turn == expected
                && turn.inbox.is_none_or(|known| {
                    row.inbox.range(..=known.upto).count() as u64 == u64::from(known.count)
                })
        })
    }

    fn is_leased(&self, task: TaskRef) -> bool {
        let call = self.hub.row(task.instance).and_then(|row| row.task(task));
        call.is_some_and(|call| call.leased_to == Some(self.batch.lease))
    }

    fn purge(&mut self, purge: &PurgeCommit) -> CommitOutcome {
        let Some(row) = self.hub.by_id(&purge.id) else { return CommitOutcome::Refused(Found::Nothing) };
        let Instance { key, turn, status, .. } = row.instance;
        if purge.only.is_some_and(|only| only.key != key) {
            return CommitOutcome::Refused(Found::Nothing);
        }
        let is_other = purge.only.is_some_and(|only| only.turn != turn);
        if is_other || (row.is_orchestration() && !row.is_finished()) {
            return CommitOutcome::Refused(Found::Status(status));
        }
        self.hub.remove(&purge.id);
        CommitOutcome::Purged
    }
}
