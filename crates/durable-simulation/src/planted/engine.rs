//! What an engine with a defect asks of its store.

use std::{sync::Arc, time::Duration};

use durable_core::{
    message::Message,
    model::{HostLease, InstanceKey, MessageId, TaskRef, TimerRow},
    store::{
        Batch, Commit, CommitOutcome, Execution, FinishedQuery, FoundInstance, News, Scheduled, Store,
        TimerCursor, TurnCommit,
    },
};
use fnhost_protocol::{failure::kind, history::EventKind, ids::InstanceId, time::Timestamp};
use futures_core::stream::BoxStream;
use futures_util::{StreamExt, future::ready, stream};

use super::Bug;
use crate::store::{Answer, Layer};

/// How much too early.
const A_WHILE: Duration = Duration::from_secs(3);

pub(super) struct Defect {
    pub(super) bug: Bug,
    pub(super) below: Arc<dyn Store>,
}

impl Layer for Defect {
    fn below(&self) -> &dyn Store {
        &*self.below
    }

    fn commit(&self, batch: Arc<Batch>) -> Answer<'_, Vec<CommitOutcome>> {
        let mut batch = Batch::clone(&batch);
        for commit in &mut batch.commits {
            if let Commit::Turn(turn) = commit {
                self.spoil(turn);
            }
        }
        self.below.commit(Arc::new(batch))
    }

    fn scheduled(&self, until: Timestamp, limit: u32) -> Answer<'_, Scheduled> {
        let too_early = self.bug == Bug::ScheduledTooEarly;
        self.below.scheduled(if too_early { until.saturating_add(A_WHILE) } else { until }, limit)
    }

    fn find_finished(&self, mut query: FinishedQuery) -> Answer<'_, Vec<FoundInstance>> {
        if self.bug == Bug::RemovedTooEarly {
            query.before = query.before.saturating_add(A_WHILE);
        }
        self.below.find_finished(query)
    }

    fn leased(&self, lease: HostLease) -> Answer<'_, Vec<TaskRef>> {
        if self.bug == Bug::LostClaimsForgotten { nothing() } else { self.below.leased(lease) }
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
    /// Leaves out of a turn what a defective engine would not have written.
    fn spoil(&self, turn: &mut TurnCommit) {
        match self.bug {
            Bug::ResultDroppedWhenTurnPanics if panicked(turn) => {
                turn.tasks_done.clear();
                turn.history.retain(|event| {
                    !matches!(event.kind, EventKind::TaskCompleted { .. } | EventKind::TaskFailed { .. })
                });
            }
            Bug::LocksForgotten => _ = turn.update.lock.take_if(|lock| lock.holder().is_some()),
            Bug::TreesOutliveTheirRoot => {
                for sent in &mut turn.messages {
                    if let Message::Terminate { parent, .. } = &sent.message {
                        // Meant for nobody.
                        let at = turn.update.updated_at;
                        let (execution, event) = (Some(parent.execution), EventKind::TurnStarted);
                        sent.message = Message::Event { execution, at, event };
                    }
                }
            }
            Bug::TriesNotCounted => turn.tasks.iter_mut().for_each(|task| task.policy_attempt = 1),
            _ => {}
        }
    }

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
