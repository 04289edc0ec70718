//! Stages 3 and 5: what turns change in their own instances, and the children that they leave behind.

use std::{collections::btree_map::Entry, sync::Arc};

use crate::{
    memory::{commit::stages::Stages, row::TaskRow},
    store::{Commit, CommitOutcome, Execution, StoreError, TurnCommit, TurnOrigin},
};

impl Stages<'_> {
    /// Stage 3. Turns of new instances wait for stage 4.
    pub(super) fn turns(&mut self) -> Result<(), StoreError> {
        for (at, commit) in self.open() {
            match commit {
                Commit::Turn(turn) if matches!(turn.origin, TurnOrigin::Existing { .. }) => {
                    self.take_turn(at, turn)?;
                }
                Commit::TaskResult(result) => {
                    if let Some(row) = self.hub.row_mut(result.task.instance) {
                        row.tasks.remove(&result.task.task);
                    }
                }
                Commit::Deliver(scheduled) => {
                    self.hub.scheduled.remove(&(scheduled.due, scheduled.entity.key));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Changes the instance of a turn. One that a purge of the same batch has removed takes the turn with it.
    pub(super) fn take_turn(&mut self, at: usize, turn: &TurnCommit) -> Result<(), StoreError> {
        let lease = self.batch.lease;
        let Some(row) = self.hub.row_mut(turn.key) else {
            self.decide(at, CommitOutcome::Fenced);
            return Ok(());
        };
        row.take_turn(turn, lease);
        if let Execution::ContinuedAsNew { message, .. } = &turn.execution {
            let delivery = self.hub.deliver(turn.key, message, lease).map_err(|_| {
                StoreError::Permanent(format!(
                    "instance {} ends and continues as new in one turn",
                    turn.key.0
                ))
            })?;
            self.continued.insert(at, delivery.message);
        }
        Ok(())
    }

    /// Stage 5. Children belong to an execution that goes on, in an instance that is still there: it may have
    /// been replaced in stage 4.
    pub(super) fn children(&mut self) -> Result<(), StoreError> {
        for (_, commit) in self.open() {
            if let Commit::Turn(turn) = commit
                && turn.execution == Execution::Continues
            {
                self.leave_children(turn)?;
            }
        }
        Ok(())
    }

    fn leave_children(&mut self, turn: &TurnCommit) -> Result<(), StoreError> {
        for task in &turn.tasks {
            let place = self.hub.next_place();
            let Some(row) = self.hub.row_mut(turn.key) else { return Ok(()) };
            let Entry::Vacant(entry) = row.tasks.entry(task.task) else {
                return Err(StoreError::Permanent(format!(
                    "task {} of `{}` exists",
                    task.task, row.instance.id
                )));
            };
            entry.insert(Arc::new(TaskRow::new(task, place, self.batch.lease)));
        }
        for timer in &turn.timers {
            let Some(row) = self.hub.row_mut(turn.key) else { return Ok(()) };
            if row.timers.insert(timer.task, timer.fire_at).is_some() {
                return Err(StoreError::Permanent(format!(
                    "timer {} of `{}` exists",
                    timer.task, row.instance.id
                )));
            }
        }
        Ok(())
    }
}
