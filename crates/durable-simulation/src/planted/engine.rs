//! What an engine with a defect asks of its store.

use std::sync::Arc;

use durable_core::{
    model::{HostLease, InstanceKey, MessageId, TimerRow},
    store::{Batch, Commit, CommitOutcome, Execution, News, Store, TimerCursor, TurnCommit},
};
use fnhost_protocol::{failure::kind, history::EventKind, ids::InstanceId, time::Timestamp};
use futures_core::stream::BoxStream;
use futures_util::{StreamExt, future::ready, stream};

use super::Bug;
use crate::store::{Answer, Layer};

pub(super) struct Defect {
    pub(super) bug: Bug,
    pub(super) below: Arc<dyn Store>,
}

impl Layer for Defect {
    fn below(&self) -> &dyn Store {
        &*self.below
    }

    fn commit(&self, batch: Arc<Batch>) -> Answer<'_, Vec<CommitOutcome>> {
        if self.bug != Bug::ResultDroppedWhenTurnPanics {
            return self.below.commit(batch);
        }
        let mut batch = Batch::clone(&batch);
        for commit in &mut batch.commits {
            if let Commit::Turn(turn) = commit
                && panicked(turn)
            {
                turn.tasks_done.clear();
                turn.history.retain(|event| {
                    !matches!(event.kind, EventKind::TaskCompleted { .. } | EventKind::TaskFailed { .. })
                });
            }
        }
        self.below.commit(Arc::new(batch))
    }

    /// What there is at the beginning, and then nothing any more.
    fn news(&self) -> BoxStream<'static, News> {
        match self.bug {
            Bug::LostNotifyWithoutSweep => Box::pin(self.below.news().take(1).chain(stream::pending())),
            _ => self.below.news(),
        }
    }

    fn unread(&self, lease: HostLease, limit: u32) -> Answer<'_, Vec<(InstanceKey, MessageId)>> {
        if self.looks_for_nothing() { nothing() } else { self.below.unread(lease, limit) }
    }

    fn overdue(
        &self,
        lease: HostLease,
        until: Timestamp,
        after: Option<TimerCursor>,
        limit: u32,
    ) -> Answer<'_, Vec<TimerRow>> {
        if self.looks_for_nothing() { nothing() } else { self.below.overdue(lease, until, after, limit) }
    }

    fn finished(&self, ids: Vec<InstanceId>) -> Answer<'_, Vec<InstanceId>> {
        if self.looks_for_nothing() { nothing() } else { self.below.finished(ids) }
    }
}

impl Defect {
    /// These questions are asked because of news, or because of a sweep.
    fn looks_for_nothing(&self) -> bool {
        self.bug == Bug::LostNotifyWithoutSweep
    }
}

fn nothing<T: Send + 'static>() -> Answer<'static, Vec<T>> {
    Box::pin(ready(Ok(Vec::new())))
}

fn panicked(turn: &TurnCommit) -> bool {
    match &turn.execution {
        Execution::Finished(completion) => {
            completion.failure.as_ref().is_some_and(|failure| failure.kind == kind::PANIC)
        }
        _ => false,
    }
}
