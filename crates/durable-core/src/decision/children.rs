//! Stage 5: activities and timers that turns leave behind.

use crate::{
    decision::stages::Decision,
    store::{Commit, Execution},
};

impl Decision<'_> {
    /// Stage 5. Children belong to an execution that goes on, in an instance that is still there: it may have
    /// been replaced in stage 4.
    pub(super) fn children(&mut self) {
        self.for_open(|this, _, commit| {
            if let Commit::Turn(turn) = commit
                && turn.execution == Execution::Continues
                && this.facts.instances.contains_key(&turn.key)
            {
                let generation = turn.update.generation;
                for task in &turn.tasks {
                    let place = this.next_place();
                    this.rows.tasks.push((turn.key, generation, place, task));
                }
                this.rows.timers.extend(turn.timers.iter().map(|timer| (turn.key, generation, timer)));
            }
        });
    }
}
