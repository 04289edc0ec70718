//! Activities that are tried again: each try is a task of its own, and so is each pause.

use std::{sync::Arc, time::Duration};

use fnhost_protocol::{
    action::Action,
    history::TaskId,
    retry::{Retry, RetryPolicy},
};

use super::{ACTIVITY, Task, json, run::Run};

impl Task {
    /// The policy of its call; nothing when it is tried once.
    fn policy(&self) -> Option<RetryPolicy> {
        (self.tries > 1).then(|| RetryPolicy {
            backoff: RetryPolicy::backoff(2.0).expect("a coefficient"),
            ..RetryPolicy::fixed(Duration::from_millis(self.pause), Some(self.tries))
        })
    }
}

impl Run<'_> {
    /// Whether an activity has come to its end, after all of its tries.
    pub(super) fn pass_task(&mut self, task: &Task) -> bool {
        let first = self.keep(task.numbers());
        let Some(policy) = task.policy().map(Arc::new) else {
            self.ask_for(first, task, None);
            return self.add(first);
        };
        for attempt in 1..=task.tries {
            let id = first + 2 * (attempt - 1);
            self.ask_for(id, task, Some(Retry { attempt, policy: policy.clone() }));
            let Some((failure, now)) = self.past.failure(id) else { return self.add(id) };
            // There is no time-out, so it does not matter when the first one began.
            let Some(at) = policy.next_attempt(attempt, failure, now, now) else { return true };
            if self.is_new(id + 1) {
                self.actions.push(Action::CreateTimer { id: id + 1, fire_at: at });
            }
            if !self.past.done.contains_key(&(id + 1)) {
                return false;
            }
        }
        true
    }

    fn ask_for(&mut self, id: TaskId, task: &Task, retry: Option<Retry>) {
        if self.is_new(id) {
            let (name, input) = (ACTIVITY.to_owned(), json(task));
            self.actions.push(Action::ScheduleTask { id, name, input, retry });
        }
    }
}
