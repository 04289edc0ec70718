//! The stages in their order, and what they tell each other.

use std::collections::BTreeMap;

use crate::{
    memory::hub::Hub,
    model::MessageId,
    store::{Batch, Commit, CommitOutcome, Delivery, StoreError},
};

/// Writes a batch into a copy of the hub, which is to be thrown away on an error.
pub(in crate::memory) fn commit(hub: &mut Hub, batch: &Batch) -> Result<Vec<CommitOutcome>, StoreError> {
    hub.latest = hub.latest.max(Some(batch.now));
    let mut stages = Stages {
        hub,
        batch,
        outcomes: vec![None; batch.commits.len()],
        continued: BTreeMap::new(),
        creations: BTreeMap::new(),
    };
    stages.fences();
    stages.purges();
    stages.turns()?;
    stages.creations()?;
    stages.children()?;
    stages.messages()?;
    Ok(stages
        .outcomes
        .into_iter()
        .map(|outcome| outcome.expect("the last stage decides what is open"))
        .collect())
}

/// A batch on its way through the stages.
pub(super) struct Stages<'a> {
    pub(super) hub: &'a mut Hub,
    pub(super) batch: &'a Batch,
    /// By item; an item with an outcome takes no part in later stages.
    pub(super) outcomes: Vec<Option<CommitOutcome>>,
    /// Messages that begin the next execution, by item.
    pub(super) continued: BTreeMap<usize, MessageId>,
    /// What became of sub-orchestrations, by item and place among its messages; `None` when the id was taken.
    pub(super) creations: BTreeMap<(usize, usize), Option<Delivery>>,
}

impl<'a> Stages<'a> {
    /// The items that are still to be applied, in batch order.
    pub(super) fn open(&self) -> Vec<(usize, &'a Commit)> {
        let batch: &'a Batch = self.batch;
        batch.commits.iter().enumerate().filter(|(at, _)| self.outcomes[*at].is_none()).collect()
    }

    /// Settles an item.
    pub(super) fn decide(&mut self, at: usize, outcome: CommitOutcome) {
        self.outcomes[at] = Some(outcome);
    }
}
