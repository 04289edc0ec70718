//! Work that the store refuses to record, for whoever operates the host.
//!
//! A turn that nobody waits for cannot be answered with an error, and its instance cannot go on without it: it is
//! written again and again, with growing pauses, because the cause (a full disk, a limit of the database) may be
//! mended.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use durable_core::{model::InstanceKey, store::Commit};
use fnhost_protocol::time::Timestamp;

/// Pauses between two tries.
const FIRST_PAUSE: Duration = Duration::from_secs(2);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// An instance whose work the store refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// The instance.
    pub instance: InstanceKey,
    /// When it was refused first.
    pub since: Timestamp,
    /// How often it was tried.
    pub tries: u32,
    /// What the store said last.
    pub why: String,
}

/// All of them.
#[derive(Debug, Default)]
pub(crate) struct Troubles(Mutex<BTreeMap<InstanceKey, Trouble>>);

impl Troubles {
    /// Work of an instance was refused. Answers how long to wait before the next try.
    pub(crate) fn refused(&self, instance: InstanceKey, why: &str, now: Timestamp) -> Duration {
        let mut all = self.lock();
        let trouble = all.entry(instance).or_insert_with(|| Trouble {
            instance,
            since: now,
            tries: 0,
            why: String::new(),
        });
        trouble.tries += 1;
        if trouble.why != why {
            why.clone_into(&mut trouble.why);
            tracing::error!(instance = instance.0, %why, "the store refuses to record work of an instance; it is tried again until it does");
        }
        let doublings = (trouble.tries - 1).min(8);
        (FIRST_PAUSE * 2_u32.pow(doublings)).min(LONGEST_PAUSE)
    }

    /// These are recorded, or of no interest any more.
    pub(crate) fn over<'a>(&self, commits: impl Iterator<Item = &'a Commit>) {
        let mut all = self.lock();
        if all.is_empty() {
            return;
        }
        for instance in commits.filter_map(instance) {
            if let Some(trouble) = all.remove(&instance) {
                tracing::info!(
                    instance = instance.0,
                    tries = trouble.tries,
                    "the store has recorded work that it had refused"
                );
            }
        }
    }

    /// Work of another life is of no interest any more.
    pub(crate) fn clear(&self) {
        self.lock().clear();
    }

    pub(crate) fn all(&self) -> Vec<Trouble> {
        self.lock().values().cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<InstanceKey, Trouble>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whose work it is; `None` for what a client is answered about.
pub(crate) fn instance(commit: &Commit) -> Option<InstanceKey> {
    match commit {
        Commit::Turn(turn) => Some(turn.key),
        Commit::TaskResult(result) => Some(result.task.instance),
        Commit::Start(_) | Commit::Send(_) | Commit::Deliver(_) | Commit::Purge(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use durable_core::{message::Message, model::TaskRef, store::TaskResultCommit};
    use fnhost_protocol::json::JsonText;

    use super::*;

    const KEY: InstanceKey = InstanceKey(7);

    fn result() -> Commit {
        Commit::TaskResult(TaskResultCommit {
            task: TaskRef { instance: KEY, generation: 0, task: 0 },
            message: Message::Start { input: JsonText::null(), parent: None },
        })
    }

    #[test]
    fn pauses_grow_to_a_bound_and_begin_anew_after_success() {
        let troubles = Troubles::default();
        let pauses: Vec<u64> =
            (0..8).map(|_| troubles.refused(KEY, "disk full", Timestamp::EPOCH).as_secs()).collect();
        assert_eq!(pauses, [2, 4, 8, 16, 32, 60, 60, 60]);
        let all = troubles.all();
        assert_eq!((all.len(), all[0].instance, all[0].tries, all[0].why.as_str()), (1, KEY, 8, "disk full"));
        troubles.over([&result()].into_iter());
        assert_eq!(troubles.all(), []);
        assert_eq!(troubles.refused(KEY, "disk full", Timestamp::EPOCH).as_secs(), 2);
    }
}
