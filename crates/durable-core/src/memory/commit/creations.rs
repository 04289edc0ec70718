//! Stage 4: new instances, in batch order. The message that begins one is put in with it, so that it comes first.

use crate::{
    memory::{commit::stages::Stages, hub::Creation},
    message::Message,
    model::NewInstance,
    store::{
        Commit, CommitOutcome, DeliveredTo, Delivery, StartCommit, StoreError, Target, TurnCommit, TurnOrigin,
    },
};

impl Stages<'_> {
    /// Stage 4.
    pub(super) fn creations(&mut self) -> Result<(), StoreError> {
        for (at, commit) in self.open() {
            match commit {
                Commit::Start(start) => self.start(at, start)?,
                Commit::Turn(turn) => self.create_for_turn(at, turn)?,
                Commit::Send(send) => {
                    if let Target::Entity(entity) = &send.target {
                        self.ensure_entity(entity)?;
                    }
                }
                Commit::Deliver(scheduled) => self.ensure_entity(&scheduled.entity)?,
                Commit::TaskResult(_) | Commit::Purge(_) => {}
            }
        }
        Ok(())
    }

    fn start(&mut self, at: usize, start: &StartCommit) -> Result<(), StoreError> {
        let outcome = match self.hub.create(&start.instance, start.replace, self.batch.now)? {
            Creation::Created => CommitOutcome::Started(self.begin(&start.instance, &start.message)),
            Creation::Taken(status) => CommitOutcome::Taken(status),
        };
        self.decide(at, outcome);
        Ok(())
    }

    fn create_for_turn(&mut self, at: usize, turn: &TurnCommit) -> Result<(), StoreError> {
        if let TurnOrigin::New { instance, replace } = &turn.origin {
            debug_assert_eq!(instance.key, turn.key, "a turn creates its own instance");
            match self.hub.create(instance, *replace, self.batch.now)? {
                Creation::Created => self.take_turn(at, turn)?,
                Creation::Taken(status) => {
                    self.decide(at, CommitOutcome::Taken(status));
                    return Ok(());
                }
            }
        }
        for (place, message) in turn.messages.iter().enumerate() {
            match &message.target {
                Target::Existing(_) | Target::Scheduled { .. } => {}
                Target::Entity(entity) => self.ensure_entity(entity)?,
                Target::Create { instance, .. } => {
                    let created = match self.hub.create(instance, false, self.batch.now)? {
                        Creation::Created => Some(self.begin(instance, &message.message)),
                        Creation::Taken(_) => None,
                    };
                    self.creations.insert((at, place), created);
                }
            }
        }
        Ok(())
    }

    /// Creates an entity unless it is there, by an earlier message of this batch for one.
    fn ensure_entity(&mut self, entity: &NewInstance) -> Result<(), StoreError> {
        match self.hub.create(entity, false, self.batch.now)? {
            Creation::Created | Creation::Taken(_) => Ok(()),
        }
    }

    fn begin(&mut self, instance: &NewInstance, message: &Message) -> Delivery {
        let delivery = self
            .hub
            .deliver(instance.key, message, self.batch.lease)
            .expect("a new instance is not finished");
        debug_assert_eq!(delivery.to, DeliveredTo::Here, "a new instance is nobody's");
        delivery
    }
}
