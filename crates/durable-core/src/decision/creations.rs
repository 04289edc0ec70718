//! Stage 4: new instances, in batch order. The message that begins one is put in with it, so that it comes first.

use crate::{
    decision::stages::{Creation, Decision},
    message::Message,
    model::NewInstance,
    store::{Commit, CommitOutcome, Delivery, StartCommit, StoreError, Target, TurnCommit, TurnOrigin},
};

impl<'b> Decision<'b> {
    /// Stage 4.
    pub(super) fn creations(&mut self) -> Result<(), StoreError> {
        let mut result = Ok(());
        self.for_open(|this, at, commit| {
            if result.is_ok() {
                result = this.create_for(at, commit);
            }
        });
        result
    }

    fn create_for(&mut self, at: usize, commit: &'b Commit) -> Result<(), StoreError> {
        match commit {
            Commit::Start(start) => self.start(at, start),
            Commit::Turn(turn) => self.create_for_turn(at, turn),
            Commit::Send(send) => match &send.target {
                Target::Entity(entity) => self.ensure_entity(entity),
                Target::Existing(_) | Target::Create { .. } | Target::Scheduled { .. } => Ok(()),
            },
            Commit::Deliver(message) => self.ensure_entity(&message.entity),
            Commit::TaskResult(_) | Commit::Purge(_) => Ok(()),
        }
    }

    fn start(&mut self, at: usize, start: &'b StartCommit) -> Result<(), StoreError> {
        let outcome = match self.create(&start.instance, start.replace)? {
            Creation::Created => CommitOutcome::Started(self.begin(&start.instance, &start.message)?),
            Creation::Taken(status) => CommitOutcome::Taken(status),
        };
        self.settle(at, outcome);
        Ok(())
    }

    fn create_for_turn(&mut self, at: usize, turn: &'b TurnCommit) -> Result<(), StoreError> {
        if let TurnOrigin::New { instance, replace } = &turn.origin {
            match self.create(instance, *replace)? {
                Creation::Created => self.take_first_turn(at, turn),
                Creation::Taken(status) => {
                    self.settle(at, CommitOutcome::Taken(status));
                    return Ok(());
                }
            }
        }
        for (place, message) in turn.messages.iter().enumerate() {
            match &message.target {
                Target::Existing(_) | Target::Scheduled { .. } => {}
                Target::Entity(entity) => self.ensure_entity(entity)?,
                Target::Create { instance, .. } => {
                    let created = match self.create(instance, false)? {
                        Creation::Created => Some(self.begin(instance, &message.message)?),
                        Creation::Taken(_) => None,
                    };
                    self.creations.insert((at, place), created);
                }
            }
        }
        Ok(())
    }

    /// The row is written once, as it is after the turn.
    fn take_first_turn(&mut self, at: usize, turn: &'b TurnCommit) {
        if let Some(created) = self.rows.created.last_mut() {
            created.turn = Some(turn);
        }
        self.take_turn(at, turn);
    }

    /// Creates an entity unless it is there, by an earlier message of this batch for one.
    fn ensure_entity(&mut self, entity: &'b NewInstance) -> Result<(), StoreError> {
        self.create(entity, false).map(|_| ())
    }

    fn begin(&mut self, instance: &NewInstance, message: &'b Message) -> Result<Delivery, StoreError> {
        self.deliver(instance.key, message)
            .map_err(|_| StoreError::Permanent(format!("instance `{}` was created finished", instance.id)))
    }
}
