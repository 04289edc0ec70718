//! From what the statement answers to outcomes: the numbers that messages got, and who runs their instances.

use durable_core::{
    model::{InstanceKey, MessageId},
    store::{CommitOutcome, DeliveredTo, Delivery, StoreError},
};

/// What the statement answered: a number per message, in the order of the batch, negative where another host owns the
/// instance; then the keys of the instances that were named by id.
#[derive(Debug)]
pub(super) struct Answer {
    numbers: Vec<i64>,
    messages: usize,
}

impl Answer {
    /// The answer to a batch with so many messages.
    pub(super) fn new(numbers: Vec<i64>, messages: usize) -> Self {
        Self { numbers, messages }
    }

    /// Puts real numbers in the place of those that the decision has drawn, from 1 on.
    pub(super) fn fill(&self, outcomes: &mut [CommitOutcome]) -> Result<(), StoreError> {
        for outcome in outcomes {
            match outcome {
                CommitOutcome::Turn(done) => {
                    done.deliveries.iter_mut().flatten().try_for_each(|delivery| self.deliver(delivery))?;
                    for (message, _) in &mut done.refusals {
                        *message = self.message(*message)?.0;
                    }
                    done.continued =
                        done.continued.map(|message| Ok(self.message(message)?.0)).transpose()?;
                }
                CommitOutcome::TaskResult(delivery)
                | CommitOutcome::Started(delivery)
                | CommitOutcome::Sent(delivery) => self.deliver(delivery)?,
                CommitOutcome::Purged
                | CommitOutcome::Scheduled
                | CommitOutcome::Fenced
                | CommitOutcome::Taken(_)
                | CommitOutcome::Refused(_) => {}
            }
        }
        Ok(())
    }

    fn deliver(&self, delivery: &mut Delivery) -> Result<(), StoreError> {
        (delivery.message, delivery.to) = self.message(delivery.message)?;
        if delivery.key.0 < 0 {
            let place = usize::try_from(-1 - delivery.key.0).ok().map(|place| self.messages + place);
            delivery.key = InstanceKey(self.number(place)?);
        }
        Ok(())
    }

    fn message(&self, drawn: MessageId) -> Result<(MessageId, DeliveredTo), StoreError> {
        let found = self.number(usize::try_from(drawn.0 - 1).ok().filter(|place| *place < self.messages))?;
        let to = if found < 0 { DeliveredTo::Elsewhere } else { DeliveredTo::Here };
        Ok((MessageId(found.abs()), to))
    }

    fn number(&self, place: Option<usize>) -> Result<i64, StoreError> {
        let found = place.and_then(|place| self.numbers.get(place)).copied();
        // The batch is written; only the answer is not understood.
        found.ok_or_else(|| {
            StoreError::UnknownOutcome(format!("a commit has answered {} numbers", self.numbers.len()))
        })
    }
}
