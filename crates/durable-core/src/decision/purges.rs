//! Stage 2: what is removed before anything else.

use crate::{
    decision::stages::Decision,
    model::InstanceKind,
    store::{Commit, CommitOutcome, Found, PurgeCommit},
};

impl Decision<'_> {
    /// Stage 2.
    pub(super) fn purges(&mut self) {
        self.for_open(|this, at, commit| {
            if let Commit::Purge(purge) = commit {
                let outcome = this.purge(purge);
                this.settle(at, outcome);
            }
        });
    }

    fn purge(&mut self, purge: &PurgeCommit) -> CommitOutcome {
        let Some((key, seen)) = self.by_id(&purge.id) else { return CommitOutcome::Refused(Found::Nothing) };
        if purge.only.is_some_and(|only| only.key != key) {
            return CommitOutcome::Refused(Found::Nothing);
        }
        let is_other = purge.only.is_some_and(|only| only.turn != seen.turn);
        if is_other || (seen.kind == InstanceKind::Orchestration && !seen.status.is_terminal()) {
            return CommitOutcome::Refused(Found::Status(seen.status));
        }
        self.remove(&purge.id, key);
        CommitOutcome::Purged
    }
}
