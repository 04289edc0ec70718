//! What an engine with a defect asks of its store.

use std::sync::Arc;

use durable_core::{
    model::HostLease,
    store::{Batch, ClaimRequest, Claimed, Commit, CommitOutcome, Execution, News, Store, TurnCommit},
};
use fnhost_protocol::{failure::kind, history::EventKind};
use futures_core::stream::BoxStream;

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

    fn claim(&self, lease: HostLease, request: ClaimRequest) -> Answer<'_, Claimed> {
        self.below.claim(lease, request)
    }

    fn announce(&self, news: News) -> Answer<'_, ()> {
        self.below.announce(news)
    }

    fn news(&self) -> BoxStream<'static, News> {
        self.below.news()
    }
}

fn panicked(turn: &TurnCommit) -> bool {
    match &turn.execution {
        Execution::Finished(completion) => {
            completion.failure.as_ref().is_some_and(|failure| failure.kind == kind::PANIC)
        }
        _ => false,
    }
}
