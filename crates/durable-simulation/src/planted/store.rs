//! A store with a defect, made of one without: what it wrongly accepts is changed until the good one accepts it too.

use std::{collections::BTreeSet, sync::Arc};

use durable_core::{
    model::{HostLease, InstanceKey, Loaded, TaskRef},
    store::{
        Batch, ClaimRequest, Claimed, Commit, CommitOutcome, Ownership, Store, StoreError, TurnCommit,
        TurnOrigin,
    },
    suspicion::Suspicion,
};

use super::{Bug, Planted};
use crate::store::{Answer, Layer};

pub(super) struct Defect {
    pub(super) bug: Bug,
    pub(super) planted: Arc<Planted>,
    pub(super) below: Arc<dyn Store>,
}

impl Defect {
    /// The epoch of this host that is current.
    async fn current(&self, lease: HostLease) -> HostLease {
        let mut epochs = lease.epoch..lease.epoch + 1_000;
        loop {
            let Some(epoch) = epochs.next() else { return lease };
            let lease = HostLease { host: lease.host, epoch };
            if self.below.pointless(lease, Vec::new()).await.is_ok() {
                return lease;
            }
        }
    }

    fn charge(&self, suspicion: &mut Suspicion) {
        if self.bug == Bug::PoisonChargedToInnocents {
            suspicion.alone = suspicion.deaths;
        }
    }

    async fn commit_wrongly(&self, batch: Arc<Batch>) -> Result<Vec<CommitOutcome>, StoreError> {
        let mut batch = Batch::clone(&batch);
        match self.bug {
            Bug::NoEpochCheck => batch.lease = self.current(batch.lease).await,
            Bug::CursorBySequence => {
                for commit in &mut batch.commits {
                    if let Commit::Turn(turn) = commit {
                        self.consume_all_before(turn).await?;
                    }
                }
            }
            Bug::LeaseKeptAfterRelease => {
                for commit in &mut batch.commits {
                    if let Commit::Turn(turn) = commit {
                        turn.update.ownership = Ownership::Keep;
                    }
                }
            }
            Bug::NoInboxCheck => {
                for commit in &mut batch.commits {
                    if let Commit::Turn(turn) = commit {
                        turn.inbox = None;
                    }
                }
            }
            _ => {}
        }
        let batch = Arc::new(batch);
        let mut outcomes = self.below.commit(batch.clone()).await?;
        if matches!(self.bug, Bug::NoOwnerCheck | Bug::NoTurnCheck) {
            for (commit, outcome) in batch.commits.iter().zip(&mut outcomes) {
                if let (Commit::Turn(turn), CommitOutcome::Fenced) = (commit, &outcome) {
                    *outcome = self.force(&batch, turn).await?;
                }
            }
        }
        Ok(outcomes)
    }

    async fn consume_all_before(&self, turn: &mut TurnCommit) -> Result<(), StoreError> {
        let (Some(last), Some(loaded)) =
            (turn.consumed.iter().max().copied(), self.below.load(turn.key).await?)
        else {
            return Ok(());
        };
        let consumed: BTreeSet<_> = turn.consumed.iter().copied().collect();
        let passed = loaded.inbox.iter().map(|(id, _)| *id).filter(|id| *id < last && !consumed.contains(id));
        turn.consumed.extend(passed);
        Ok(())
    }

    /// Writes a turn that was fenced.
    async fn force(&self, batch: &Batch, turn: &TurnCommit) -> Result<CommitOutcome, StoreError> {
        let mut turn = turn.clone();
        let mut writers = vec![batch.lease];
        if self.bug == Bug::NoOwnerCheck {
            writers.extend(self.planted.leases());
        } else if let (TurnOrigin::Existing { turn: expected }, Some(loaded)) =
            (&mut turn.origin, self.below.load(turn.key).await?)
        {
            *expected = loaded.instance.turn;
        }
        for lease in writers {
            let commits = vec![Commit::Turn(Box::new(turn.clone()))];
            match self.below.commit(Arc::new(Batch { lease, now: batch.now, commits })).await {
                Ok(outcomes) if outcomes != [CommitOutcome::Fenced] => {
                    return Ok(outcomes.into_iter().next().expect("one item"));
                }
                Ok(_) | Err(StoreError::LeaseLost(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(CommitOutcome::Fenced)
    }
}

impl Layer for Defect {
    fn below(&self) -> &dyn Store {
        &*self.below
    }

    fn register(&self, description: String) -> Answer<'_, HostLease> {
        Box::pin(async move {
            let lease = self.below.register(description).await?;
            self.planted.note(lease);
            Ok(lease)
        })
    }

    fn commit(&self, batch: Arc<Batch>) -> Answer<'_, Vec<CommitOutcome>> {
        Box::pin(self.commit_wrongly(batch))
    }

    fn claim(&self, lease: HostLease, request: ClaimRequest) -> Answer<'_, Claimed> {
        Box::pin(async move {
            let lease = if self.bug == Bug::NoEpochCheck { self.current(lease).await } else { lease };
            let mut claimed = self.below.claim(lease, request).await?;
            for task in &mut claimed.tasks {
                self.charge(&mut task.suspicion);
            }
            Ok(claimed)
        })
    }

    fn load(&self, key: InstanceKey) -> Answer<'_, Option<Loaded>> {
        Box::pin(async move {
            let mut loaded = self.below.load(key).await?;
            if let Some(loaded) = &mut loaded {
                self.charge(&mut loaded.suspicion);
            }
            Ok(loaded)
        })
    }

    fn release(&self, lease: HostLease, tasks: Vec<TaskRef>) -> Answer<'_, ()> {
        Box::pin(async move {
            if self.bug == Bug::LeaseKeptAfterRelease {
                return Ok(());
            }
            self.below.release(lease, tasks).await
        })
    }
}
