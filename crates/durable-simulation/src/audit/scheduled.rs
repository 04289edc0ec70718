//! Additions that wait for their time: each arrives once, and not before.

use durable_core::{message::Message, store::ScheduledMessage};
use fnhost_protocol::time::Timestamp;

use super::{Audit, Invariant, addition_name};
use crate::program::Addition;

impl Audit {
    /// An addition waits from now on.
    pub(super) fn note_scheduled(&mut self, due: Timestamp, message: &Message) {
        if let Some((sender, place, _)) = addition(message) {
            let name = addition_name(&sender, place);
            self.took_effect(name.clone());
            self.scheduled.insert(name, due);
        }
    }

    /// The time of an addition has come, by the clock of the host that says so.
    pub(super) fn note_due(&mut self, message: &ScheduledMessage, now: Timestamp) {
        let Some((sender, place, add)) = addition(&message.message) else { return };
        let name = addition_name(&sender, place);
        let waited = self.scheduled.remove(&name);
        self.holds(Invariant::Scheduled, waited == Some(message.due), || {
            format!("`{name}` arrives, due at {}; what waits is {waited:?}", message.due)
        });
        self.holds(Invariant::Scheduled, message.due <= now, || {
            format!("`{name}` arrives at {now}, which is before {}", message.due)
        });
        *self.added.entry(message.entity.id.clone()).or_default() += add;
    }
}

fn addition(message: &Message) -> Option<Addition> {
    match message {
        Message::Operation { input, .. } => input.read().ok(),
        _ => None,
    }
}
