//! Where messages went, and that those that went nowhere had nowhere to go.

use std::collections::BTreeSet;

use durable_core::{
    message::Message,
    model::{HostLease, InstanceKey, MessageId, NewInstance},
    store::{Batch, Commit, CommitOutcome, DeliveredTo, Delivery, Target, TurnCommit, TurnDone},
};
use fnhost_protocol::{history::EventKind, ids::InstanceId};

use super::{
    Audit, Invariant,
    instances::{Instance, Note},
};
use crate::program::Input;

impl Audit {
    pub(super) fn deliveries(
        &mut self,
        batch: &Batch,
        accepted: &[(&Commit, &CommitOutcome)],
        touched: &mut BTreeSet<InstanceKey>,
    ) {
        let lease = batch.lease;
        for (commit, outcome) in accepted {
            match (commit, outcome) {
                (Commit::Turn(turn), CommitOutcome::Turn(done)) => {
                    self.messages_of(lease, turn, done, touched);
                }
                (Commit::Send(send), CommitOutcome::Sent(delivery)) => {
                    self.delivered(lease, target(&send.target), &send.message, *delivery, touched);
                    self.note_message(target(&send.target), &send.message);
                }
                (Commit::Send(send), CommitOutcome::Scheduled) => {
                    if let Target::Scheduled { due, .. } = send.target {
                        self.note_scheduled(due, &send.message);
                    }
                }
                (Commit::Deliver(due), CommitOutcome::Sent(delivery)) => {
                    self.delivered(lease, &due.entity.id, &due.message, *delivery, touched);
                    self.note_due(due, batch.now);
                }
                (Commit::TaskResult(result), CommitOutcome::TaskResult(delivery)) => {
                    let place = (delivery.key, delivery.message);
                    self.put(place, &result.message, touched);
                }
                _ => {}
            }
        }
    }

    fn messages_of(
        &mut self,
        lease: HostLease,
        turn: &TurnCommit,
        done: &TurnDone,
        touched: &mut BTreeSet<InstanceKey>,
    ) {
        let mut refusals = done.refusals.iter();
        for (sent, delivery) in turn.messages.iter().zip(&done.deliveries) {
            let id = target(&sent.target);
            match (&sent.target, delivery) {
                // Its message was put in when it was created.
                (Target::Create { .. }, Some(_)) => {}
                (Target::Create { refusal, .. }, None) => {
                    let asker = self.instances.get(&turn.key).is_some_and(|asker| !asker.is_finished());
                    if let Some(refusal) = refusal.as_ref().filter(|_| asker) {
                        let told = refusals.next().filter(|(_, message)| message == refusal);
                        self.holds(Invariant::Store, told.is_some(), || {
                            format!("nobody was told that `{id}` could not be created")
                        });
                        if let Some((place, message)) = told {
                            self.put((turn.key, *place), message, touched);
                        }
                    }
                }
                (_, Some(delivery)) => {
                    self.delivered(lease, id, &sent.message, *delivery, touched);
                    self.note_message(id, &sent.message);
                }
                // It waits for its time.
                (Target::Scheduled { due, .. }, None) => self.note_scheduled(*due, &sent.message),
                (_, None) => {
                    let gone = self.by_id(id).is_none_or(Instance::is_finished);
                    self.holds(Invariant::Inbox, gone, || {
                        format!("`{id}` is there, and a message to it was dropped")
                    });
                }
            }
        }
    }

    fn delivered(
        &mut self,
        lease: HostLease,
        id: &InstanceId,
        message: &Message,
        delivery: Delivery,
        touched: &mut BTreeSet<InstanceKey>,
    ) {
        let known = self.ids.get(id).copied();
        self.holds(Invariant::Store, known == Some(delivery.key), || {
            format!("a message to `{id}` ({known:?}) went to {:?}", delivery.key)
        });
        let owner = self.instances.get(&delivery.key).and_then(|instance| instance.owner);
        let elsewhere = owner.is_some_and(|owner| owner != lease);
        self.holds(Invariant::Owner, elsewhere == (delivery.to == DeliveredTo::Elsewhere), || {
            format!("{lease} was told that `{id}` is {:?}; its owner is {owner:?}", delivery.to)
        });
        self.put((delivery.key, delivery.message), message, touched);
    }

    /// The message that begins a new instance.
    pub(super) fn begin(&mut self, key: InstanceKey, place: MessageId, message: &Message) {
        if let (Message::Start { input, .. }, Some(instance)) = (message, self.instances.get_mut(&key)) {
            instance.inbox.insert(place, Note::Other);
            let is_root = matches!(message, Message::Start { parent: None, .. });
            let start = input.read::<Input>().map(|input| input.start);
            if let (true, Ok(start)) = (is_root, start) {
                self.took_effect(format!("start {start}"));
            }
        }
    }

    /// A start whose message was never stored, because its first turn came with it.
    pub(super) fn note_start(&mut self, instance: &NewInstance) {
        if let Some(Ok(input)) = instance.input.as_ref().map(|input| input.read::<Input>()) {
            self.took_effect(format!("start {}", input.start));
        }
    }

    fn put(
        &mut self,
        (key, place): (InstanceKey, MessageId),
        message: &Message,
        touched: &mut BTreeSet<InstanceKey>,
    ) {
        touched.insert(key);
        let Some(instance) = self.instances.get_mut(&key) else { return };
        let note = Note::of(message);
        if let Note::Event(name) = &note {
            instance.events.insert(name.clone());
        }
        let id = instance.id.clone();
        let used = instance.inbox.insert(place, note).is_some();
        self.holds(Invariant::Inbox, !used, || format!("`{id}` got {place:?} twice"));
    }

    /// What a message does for whoever sent it.
    fn note_message(&mut self, target: &InstanceId, message: &Message) {
        match message {
            Message::Operation { input, .. } => self.note_addition(target, input),
            Message::Event { event: EventKind::EventRaised { input, .. }, .. } => {
                if let Ok((call, _)) = input.read::<(u64, u64)>() {
                    self.took_effect(format!("event {call}"));
                }
            }
            Message::Event {
                event:
                    EventKind::ExecutionTerminated { reason, .. }
                    | EventKind::ExecutionSuspended { reason, .. }
                    | EventKind::ExecutionResumed { reason },
                ..
            } => self.took_effect(reason.clone()),
            _ => {}
        }
    }
}

fn target(target: &Target) -> &InstanceId {
    match target {
        Target::Existing(id) => id,
        Target::Entity(instance)
        | Target::Scheduled { entity: instance, .. }
        | Target::Create { instance, .. } => &instance.id,
    }
}
