//! What ends together: a terminated tree, and what the finished leave behind.

use std::collections::{BTreeMap, BTreeSet};

use durable_core::{
    message::Message,
    model::{InstanceKey, InstanceKind},
    store::{Execution, PurgeCommit, Target, TurnCommit},
};
use durable_engine::Retention;
use fnhost_protocol::{
    history::{EventKind, HistoryEvent, TaskId},
    ids::InstanceId,
    status::RuntimeStatus,
    time::Timestamp,
};
use futures_util::FutureExt;

use super::{Audit, Invariant, instances::Instance};

impl Audit {
    /// An execution that ends with everything below it tells all that it waits for, in the same commit; and whoever has
    /// taken such a message does nothing any more.
    pub(super) fn check_tree(&mut self, instance: &Instance, turn: &TurnCommit, is_told: bool) {
        let ends = matches!(turn.execution, Execution::Finished(_));
        self.holds(Invariant::Tree, ends || !is_told, || {
            format!("`{}` goes on although its tree was terminated", instance.id)
        });
        let is_recursive = |event: &HistoryEvent| {
            matches!(event.kind, EventKind::ExecutionTerminated { recursive: true, .. })
        };
        if !ends || !turn.history.iter().any(is_recursive) {
            return;
        }
        let told: BTreeSet<&InstanceId> = turn
            .messages
            .iter()
            .filter_map(|sent| match (&sent.target, &sent.message) {
                (Target::Existing(id), Message::Terminate { .. }) => Some(id),
                _ => None,
            })
            .collect();
        let waits_for = waits_for(&instance.history);
        let all = waits_for.values().all(|child| told.contains(child));
        self.holds(Invariant::Tree, all, || {
            format!("`{}` waits for {waits_for:?} and ends {told:?} with it", instance.id)
        });
    }

    /// Retention takes what is finished for long enough, exactly as it was found. Clients say what they want removed.
    pub(super) fn check_removal(&mut self, purge: &PurgeCommit, now: Timestamp) {
        let (Some(version), Some(found)) = (purge.only, self.by_id(&purge.id)) else { return };
        let (turn, ended) = (found.turn, found.ended);
        let key = self.ids.get(&purge.id).copied();
        self.holds(Invariant::Store, (Some(version.key), version.turn) == (key, turn), || {
            format!("`{}` was purged as {version:?} and is {key:?} after {turn} turns", purge.id)
        });
        let Some(retention) = self.retention else { return };
        let (Some((status, at)), now) = (ended, now) else { return };
        let age = age(&retention, status);
        self.holds(Invariant::Retention, age.is_some_and(|age| at.saturating_add(age) <= now), || {
            format!("`{}` was {status} at {at}, is kept for {age:?}, and was removed at {now}", purge.id)
        });
    }
}

/// What nobody misses.
impl Audit {
    /// So many entities were removed that are nothing but a row.
    pub(crate) fn entities_removed(&mut self, count: u32) {
        let gone = |(key, instance): (&InstanceKey, &Instance)| {
            let found = self.store.load(*key).now_or_never().and_then(Result::ok);
            (instance.kind == InstanceKind::Entity && found == Some(None)).then(|| instance.id.clone())
        };
        let gone: Vec<InstanceId> = self.instances.iter().filter_map(gone).collect();
        self.holds(Invariant::Store, gone.len() == count as usize, || {
            format!("{count} entities were removed, and these are gone: {gone:?}")
        });
        for id in gone {
            let is_empty =
                self.by_id(&id).is_none_or(|entity| entity.additions.is_empty() && entity.inbox.is_empty());
            self.holds(Invariant::Sums, is_empty, || format!("`{id}` was removed and is not empty"));
            self.forget(&id, &mut BTreeSet::new());
        }
    }
}

fn age(retention: &Retention, status: RuntimeStatus) -> Option<std::time::Duration> {
    match status {
        RuntimeStatus::Completed => retention.completed,
        RuntimeStatus::Failed => retention.failed,
        RuntimeStatus::Terminated => retention.terminated,
        _ => None,
    }
}

/// The sub-orchestrations that have not answered.
fn waits_for(history: &[HistoryEvent]) -> BTreeMap<TaskId, InstanceId> {
    let mut open = BTreeMap::new();
    for event in history {
        match &event.kind {
            EventKind::SubOrchestrationCreated { id, instance, .. } => _ = open.insert(*id, instance.clone()),
            EventKind::SubOrchestrationCompleted { id, .. }
            | EventKind::SubOrchestrationFailed { id, .. } => _ = open.remove(id),
            _ => {}
        }
    }
    open
}
