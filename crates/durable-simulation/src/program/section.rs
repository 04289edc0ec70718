//! Critical sections. What is added in one is told apart by its sender, so that everybody sees whether somebody else has
//! added in between.

use fnhost_protocol::{action::Action, history::TaskId};

use super::{Addition, Task, entity, json, run::Run};

/// How senders are called that add within a critical section.
const PREFIX: &str = "section ";

/// Whether a sender adds within a critical section.
pub(crate) fn is_section(sender: &str) -> bool {
    sender.starts_with(PREFIX)
}

impl Run<'_> {
    /// Whether the code has left its critical section.
    pub(super) fn pass_section(&mut self, keys: &[u64], add: u64, task: &Task) -> bool {
        let lock = self.keep(1);
        if self.is_new(lock) {
            let entities = keys.iter().map(|key| entity(*key)).collect();
            self.actions.push(Action::LockEntities { id: lock, entities });
        }
        let passed = self.past.done.contains_key(&lock)
            && self.add_at_all(lock, 0, keys, add)
            && self.pass_task(task)
            && self.add_at_all(lock, 1, keys, add);
        if !passed {
            return false;
        }
        if !self.past.unlocked.contains(&lock) {
            self.actions.push(Action::UnlockEntities { id: lock });
        }
        true
    }

    /// Whether all of the entities have answered.
    fn add_at_all(&mut self, lock: TaskId, place: u64, keys: &[u64], add: u64) -> bool {
        let sender = format!("{PREFIX}{lock} of {}", self.sender());
        let mut passed = true;
        for key in keys {
            let id = self.keep(1);
            if self.is_new(id) {
                // A sender has places of its own at each entity.
                let input = json::<Addition>(&(format!("{sender} at {key}"), place, add));
                self.actions.push(Action::CallEntity {
                    id,
                    entity: entity(*key),
                    operation: "add".to_owned(),
                    input,
                });
            }
            let done = self.past.done.contains_key(&id);
            self.sum += u64::from(done);
            passed &= done;
        }
        passed
    }
}
