//! Which tasks history records for the turn that is being replayed.

use fnhost_protocol::history::TaskId;

/// The numbers of the tasks that the replayed turn asked for, ascending. An input that is recorded need not be
/// serialised again: only kinds and names are compared with history.
#[derive(Debug, Default)]
pub(super) struct Recorded {
    ids: Vec<TaskId>,
    next: usize,
}

impl Recorded {
    pub(super) fn new(ids: Vec<TaskId>) -> Self {
        Self { ids, next: 0 }
    }

    /// Whether this task is recorded. Must be asked with ascending numbers.
    pub(super) fn holds(&mut self, id: TaskId) -> bool {
        while self.ids.get(self.next).is_some_and(|recorded| *recorded < id) {
            self.next += 1;
        }
        self.ids.get(self.next) == Some(&id)
    }
}
