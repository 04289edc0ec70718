//! Stage 6: messages, in batch order, to whoever is there and alive after everything else.

use fnhost_protocol::ids::InstanceId;

use crate::{
    memory::commit::stages::Stages,
    message::Message,
    store::{
        Commit, CommitOutcome, Delivery, Found, SendCommit, StoreError, Target, TaskResultCommit, TurnCommit,
        TurnDone,
    },
};

impl Stages<'_> {
    /// Stage 6. Settles every item that is still open.
    pub(super) fn messages(&mut self) -> Result<(), StoreError> {
        for (at, commit) in self.open() {
            let outcome = match commit {
                Commit::Turn(turn) => CommitOutcome::Turn(self.send_of_turn(at, turn)),
                Commit::TaskResult(result) => self.send_result(result),
                Commit::Send(send) => self.send(send)?,
                Commit::Deliver(scheduled) => {
                    let delivery = self.deliver(&scheduled.entity.id, &scheduled.message);
                    CommitOutcome::Sent(delivery.expect("stage 4 created the entity, which never finishes"))
                }
                Commit::Start(_) | Commit::Purge(_) => unreachable!("settled by stages 2 and 4"),
            };
            self.decide(at, outcome);
        }
        Ok(())
    }

    fn send_of_turn(&mut self, at: usize, turn: &TurnCommit) -> TurnDone {
        let mut done = TurnDone { continued: self.continued.get(&at).copied(), ..TurnDone::default() };
        for (place, message) in turn.messages.iter().enumerate() {
            let delivery = match &message.target {
                Target::Existing(id) => self.deliver(id, &message.message).ok(),
                Target::Entity(entity) => self.deliver(&entity.id, &message.message).ok(),
                Target::Scheduled { entity, due } => {
                    self.hub.schedule(entity, *due, &message.message);
                    None
                }
                Target::Create { refusal, .. } => {
                    let created = self.creations[&(at, place)];
                    if created.is_none()
                        && let Some(refusal) = refusal
                    {
                        // Whoever has finished or gone meanwhile does not wait for the refusal any more.
                        let refused = self.hub.deliver(turn.key, refusal, self.batch.lease);
                        done.refusals.extend(refused.map(|delivery| (delivery.message, refusal.clone())));
                    }
                    created
                }
            };
            done.deliveries.push(delivery);
        }
        let elsewhere = turn.replies.iter().filter(|reply| reply.to.host != self.batch.lease);
        self.hub.replies.extend(elsewhere.cloned());
        done
    }

    /// The result of a call whose execution has ended in this very batch comes too late.
    fn send_result(&mut self, result: &TaskResultCommit) -> CommitOutcome {
        let waits = |generation| generation == result.task.generation;
        if !self.hub.row(result.task.instance).is_some_and(|row| waits(row.instance.generation)) {
            return CommitOutcome::Fenced;
        }
        match self.hub.deliver(result.task.instance, &result.message, self.batch.lease) {
            Ok(delivery) => CommitOutcome::TaskResult(delivery),
            Err(_) => CommitOutcome::Fenced,
        }
    }

    fn send(&mut self, send: &SendCommit) -> Result<CommitOutcome, StoreError> {
        let id = match &send.target {
            Target::Existing(id) => id,
            Target::Entity(entity) => &entity.id,
            Target::Scheduled { entity, due } => {
                self.hub.schedule(entity, *due, &send.message);
                return Ok(CommitOutcome::Scheduled);
            }
            Target::Create { instance, .. } => {
                return Err(StoreError::Permanent(format!(
                    "`{}` is to be started, not sent to",
                    instance.id
                )));
            }
        };
        Ok(match self.deliver(id, &send.message) {
            Ok(delivery) => CommitOutcome::Sent(delivery),
            Err(found) => CommitOutcome::Refused(found),
        })
    }

    fn deliver(&mut self, id: &InstanceId, message: &Message) -> Result<Delivery, Found> {
        let key = self.hub.by_id(id).ok_or(Found::Nothing)?.instance.key;
        self.hub.deliver(key, message, self.batch.lease)
    }
}
