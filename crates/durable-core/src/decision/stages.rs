//! The stages in their order, over facts, without I/O: which items pass, what becomes of them, which rows change.

use std::{borrow::Borrow, collections::HashMap};

use fnhost_protocol::{ids::InstanceId, status::RuntimeStatus};

use crate::{
    decision::{
        facts::{Facts, Seen},
        rows::{Created, Rows},
    },
    message::Message,
    model::{InstanceKey, MessageId, NewInstance},
    store::{Batch, Commit, CommitOutcome, DeliveredTo, Delivery, Found, StoreError},
};

/// A batch on its way through the stages, and at the end what is to be written and answered.
#[derive(Debug)]
pub struct Decision<'b> {
    pub(super) batch: &'b Batch,
    pub(super) facts: Facts,
    pub(super) rows: Rows<'b>,
    next_message: i64,
    next_place: i64,
    /// By item; an item with an outcome takes no part in later stages.
    pub(super) outcomes: Vec<Option<CommitOutcome>>,
    /// Messages that begin the next execution, by item.
    pub(super) continued: HashMap<usize, MessageId>,
    /// What became of sub-orchestrations, by item and place among its messages; `None` when the id was taken.
    pub(super) creations: HashMap<(usize, usize), Option<Delivery>>,
}

/// What became of an instance that was to be created.
pub(super) enum Creation {
    Created,
    /// An instance of that status has the id.
    Taken(RuntimeStatus),
}

impl<'b> Decision<'b> {
    /// Goes through all stages. Messages and places in the queue of tasks are numbered from `first` on, each in the
    /// order in which they are written.
    ///
    /// # Errors
    /// [`StoreError::Permanent`] for a batch that no store can write, or that contradicts its facts.
    pub fn make(batch: &'b Batch, facts: Facts, first: i64) -> Result<Self, StoreError> {
        let mut decision = Self {
            batch,
            facts,
            rows: Rows::default(),
            next_message: first,
            next_place: first,
            outcomes: vec![None; batch.commits.len()],
            continued: HashMap::new(),
            creations: HashMap::new(),
        };
        decision.fences();
        decision.purges();
        decision.turns();
        decision.creations()?;
        decision.children();
        decision.messages()?;
        decision.rows.sort();
        Ok(decision)
    }

    /// The batch that was decided on.
    pub fn batch(&self) -> &'b Batch {
        self.batch
    }

    /// What is to be written.
    pub fn rows(&self) -> &Rows<'b> {
        &self.rows
    }

    /// The first number that no message and no task has got.
    pub fn next_number(&self) -> i64 {
        self.next_message.max(self.next_place)
    }

    /// One outcome per item.
    pub fn outcomes(self) -> Vec<CommitOutcome> {
        self.outcomes
            .into_iter()
            .map(|outcome| outcome.expect("the last stage settles what is open"))
            .collect()
    }

    /// Does something for each item that is still to be applied, in batch order.
    pub(super) fn for_open(&mut self, mut act: impl FnMut(&mut Self, usize, &'b Commit)) {
        let batch = self.batch;
        for (at, commit) in batch.commits.iter().enumerate() {
            if self.outcomes[at].is_none() {
                act(self, at, commit);
            }
        }
    }

    /// Settles an item.
    pub(super) fn settle(&mut self, at: usize, outcome: CommitOutcome) {
        self.outcomes[at] = Some(outcome);
    }

    /// The next place in the queue of tasks.
    pub(super) fn next_place(&mut self) -> i64 {
        self.next_place += 1;
        self.next_place - 1
    }

    /// Removes an instance with everything that belongs to it.
    pub(super) fn remove(&mut self, id: &InstanceId, key: InstanceKey) {
        self.facts.ids.remove::<str>(id.borrow());
        self.facts.instances.remove(&key);
        self.rows.removed.insert(key);
    }

    /// Creates an instance, in the place of a finished one of the same id, or of any when `replace`.
    pub(super) fn create(&mut self, new: &'b NewInstance, replace: bool) -> Result<Creation, StoreError> {
        if let Some((key, seen)) = self.by_id(&new.id) {
            // A start that is written again finds its own row: whatever became of it, it has been written.
            if key == new.key || (!seen.status.is_terminal() && !replace) {
                return Ok(Creation::Taken(seen.status));
            }
            self.remove(&new.id, key);
        }
        let created = Created { new, turn: None };
        let seen =
            Seen { kind: new.kind, status: created.status(), generation: 0, turn: 0, elsewhere: false };
        if self.facts.instances.contains_key(&new.key) || self.rows.removed.contains(&new.key) {
            return Err(StoreError::Permanent(format!("instance key {} is in use", new.key.0)));
        }
        self.facts.instances.insert(new.key, seen);
        self.facts.ids.insert(new.id.clone(), new.key);
        self.rows.created.push(created);
        Ok(Creation::Created)
    }

    pub(super) fn by_id(&self, id: &InstanceId) -> Option<(InstanceKey, Seen)> {
        let key = *self.facts.ids.get(id)?;
        Some((key, *self.facts.instances.get(&key)?))
    }

    /// Puts a message into the inbox of a living instance.
    pub(super) fn deliver(&mut self, key: InstanceKey, message: &'b Message) -> Result<Delivery, Found> {
        let seen = self.facts.instances.get(&key).ok_or(Found::Nothing)?;
        if seen.status.is_terminal() {
            return Err(Found::Status(seen.status));
        }
        let to = if seen.elsewhere { DeliveredTo::Elsewhere } else { DeliveredTo::Here };
        let id = MessageId(self.next_message);
        self.next_message += 1;
        self.rows.inbox.push((id, key, message));
        Ok(Delivery { key, message: id, to })
    }
}
