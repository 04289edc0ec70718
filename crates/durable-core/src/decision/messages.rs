//! Stage 6: messages, in batch order, to whoever is there and alive after everything else.

use fnhost_protocol::ids::InstanceId;

use crate::{
    decision::stages::Decision,
    message::Message,
    store::{
        Commit, CommitOutcome, Delivery, Found, ScheduledMessage, SendCommit, StoreError, Target,
        TaskResultCommit, TurnCommit, TurnDone,
    },
};

impl<'b> Decision<'b> {
    /// Stage 6. Settles every item that is still open.
    pub(super) fn messages(&mut self) -> Result<(), StoreError> {
        let mut result = Ok(());
        self.for_open(|this, at, commit| {
            let outcome = match commit {
                Commit::Turn(turn) => Ok(CommitOutcome::Turn(this.send_of_turn(at, turn))),
                Commit::TaskResult(done) => Ok(this.send_result(done)),
                Commit::Send(send) => this.send(send),
                Commit::Deliver(message) => Ok(this.deliver_scheduled(message)),
                Commit::Start(_) | Commit::Purge(_) => unreachable!("settled by stages 2 and 4"),
            };
            match outcome {
                Ok(outcome) => this.settle(at, outcome),
                Err(error) => result = Err(error),
            }
        });
        result
    }

    fn send_of_turn(&mut self, at: usize, turn: &'b TurnCommit) -> TurnDone {
        let mut done = TurnDone { continued: self.continued.get(&at).copied(), ..TurnDone::default() };
        for (place, message) in turn.messages.iter().enumerate() {
            let delivery = match &message.target {
                Target::Existing(id) => self.deliver_to(id, &message.message).ok(),
                Target::Entity(entity) => self.deliver_to(&entity.id, &message.message).ok(),
                Target::Scheduled { entity, due } => {
                    self.rows.scheduled.push((*due, entity, &message.message));
                    None
                }
                Target::Create { refusal, .. } => {
                    let created = self.creations.get(&(at, place)).copied().flatten();
                    if created.is_none()
                        && let Some(refusal) = refusal
                        // Whoever has finished or gone meanwhile does not wait for the refusal any more.
                        && let Ok(refused) = self.deliver(turn.key, refusal)
                    {
                        done.refusals.push((refused.message, refusal.clone()));
                    }
                    created
                }
            };
            done.deliveries.push(delivery);
        }
        let elsewhere = turn.replies.iter().filter(|reply| reply.to.host != self.batch.lease);
        self.rows.replies.extend(elsewhere);
        done
    }

    /// The result of a call whose execution has ended in this very batch comes too late.
    fn send_result(&mut self, result: &'b TaskResultCommit) -> CommitOutcome {
        let waits = self
            .facts
            .instances
            .get(&result.task.instance)
            .is_some_and(|seen| seen.generation == result.task.generation);
        if !waits {
            return CommitOutcome::Fenced;
        }
        match self.deliver(result.task.instance, &result.message) {
            Ok(delivery) => CommitOutcome::TaskResult(delivery),
            Err(_) => CommitOutcome::Fenced,
        }
    }

    fn send(&mut self, send: &'b SendCommit) -> Result<CommitOutcome, StoreError> {
        let id = match &send.target {
            Target::Existing(id) => id,
            Target::Entity(entity) => &entity.id,
            Target::Scheduled { entity, due } => {
                self.rows.scheduled.push((*due, entity, &send.message));
                return Ok(CommitOutcome::Scheduled);
            }
            Target::Create { instance, .. } => {
                let problem = format!("`{}` is to be started, not sent to", instance.id);
                return Err(StoreError::Permanent(problem));
            }
        };
        Ok(match self.deliver_to(id, &send.message) {
            Ok(delivery) => CommitOutcome::Sent(delivery),
            Err(found) => CommitOutcome::Refused(found),
        })
    }

    /// Stage 4 has created the entity, which never finishes.
    fn deliver_scheduled(&mut self, scheduled: &'b ScheduledMessage) -> CommitOutcome {
        match self.deliver_to(&scheduled.entity.id, &scheduled.message) {
            Ok(delivery) => CommitOutcome::Sent(delivery),
            Err(found) => CommitOutcome::Refused(found),
        }
    }

    fn deliver_to(&mut self, id: &InstanceId, message: &'b Message) -> Result<Delivery, Found> {
        let (key, _) = self.by_id(id).ok_or(Found::Nothing)?;
        self.deliver(key, message)
    }
}
