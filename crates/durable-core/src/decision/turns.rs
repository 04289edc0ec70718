//! Stage 3: what turns change in their own instances.

use crate::{
    decision::stages::Decision,
    store::{Commit, CommitOutcome, Execution, TurnCommit, TurnOrigin},
};

impl<'b> Decision<'b> {
    /// Stage 3. Turns of new instances wait for stage 4.
    pub(super) fn turns(&mut self) {
        self.for_open(|this, at, commit| match commit {
            Commit::Turn(turn) if matches!(turn.origin, TurnOrigin::Existing { .. }) => {
                // One that a purge of this batch has removed takes the turn with it.
                if this.facts.instances.contains_key(&turn.key) {
                    this.rows.turns.push(turn);
                    this.take_turn(at, turn);
                } else {
                    this.settle(at, CommitOutcome::Fenced);
                }
            }
            Commit::TaskResult(result) => this.rows.tasks_done.push(result.task),
            Commit::Deliver(message) => this.rows.delivered.push(message),
            _ => {}
        });
    }

    /// Changes everything of an instance but its row.
    pub(super) fn take_turn(&mut self, at: usize, turn: &'b TurnCommit) {
        if let Some(seen) = self.facts.instances.get_mut(&turn.key) {
            seen.status = turn.update.status;
            seen.generation = turn.update.generation;
            seen.turn = turn.update.turn;
        }
        self.rows.tasks_done.extend(&turn.tasks_done);
        match &turn.execution {
            Execution::Continues => {
                self.rows.consumed.extend(&turn.consumed);
                self.rows.timers_done.extend(&turn.timers_done);
                self.rows.history.push(turn);
            }
            Execution::Finished(_) => {
                // Nothing waits yet for one that is created by this very turn.
                if matches!(turn.origin, TurnOrigin::Existing { .. }) {
                    self.rows.finished.push(turn.key);
                }
                self.rows.history.push(turn);
            }
            Execution::ContinuedAsNew { message, .. } => {
                self.rows.consumed.extend(&turn.consumed);
                self.rows.continued.push(turn);
                // Whether it goes on is its update's to say; a finished one gets no message.
                if let Ok(delivery) = self.deliver(turn.key, message) {
                    self.continued.insert(at, delivery.message);
                }
            }
        }
    }
}
