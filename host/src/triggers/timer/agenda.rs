//! Which timer waits for which time.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use fnhost_protocol::time::Timestamp;

/// Names of timers by the time that they wait for; each waits for one.
#[derive(Debug, Default)]
pub(super) struct Agenda {
    waiting: BTreeMap<Timestamp, BTreeSet<Arc<str>>>,
    slots: HashMap<Arc<str>, Timestamp>,
}

impl Agenda {
    /// Makes a timer wait for this time instead of the one before; `None`: for none.
    pub(super) fn set(&mut self, name: &Arc<str>, slot: Option<Timestamp>) {
        if let Some(before) = self.slots.remove(name)
            && let Some(names) = self.waiting.get_mut(&before)
        {
            names.remove(name);
            if names.is_empty() {
                self.waiting.remove(&before);
            }
        }
        if let Some(slot) = slot {
            self.slots.insert(name.clone(), slot);
            self.waiting.entry(slot).or_default().insert(name.clone());
        }
    }

    /// The first time that anybody waits for.
    pub(super) fn next(&self) -> Option<Timestamp> {
        self.waiting.first_key_value().map(|(slot, _)| *slot)
    }

    /// Takes out whose time has come, the earliest first, and by name.
    pub(super) fn take_due(&mut self, now: Timestamp) -> Vec<(Arc<str>, Timestamp)> {
        let mut due = Vec::new();
        while let Some(entry) = self.waiting.first_entry().filter(|entry| *entry.key() <= now) {
            let slot = *entry.key();
            for name in entry.remove() {
                self.slots.remove(&name);
                due.push((name, slot));
            }
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(seconds * 1_000_000)
    }

    #[test]
    fn timers_come_out_by_time_and_name() {
        let names: Vec<Arc<str>> = ["b", "a", "c"].map(Into::into).to_vec();
        let mut agenda = Agenda::default();
        assert_eq!((agenda.next(), agenda.take_due(at(99))), (None, vec![]));
        agenda.set(&names[0], Some(at(5)));
        agenda.set(&names[1], Some(at(5)));
        agenda.set(&names[2], Some(at(9)));
        assert_eq!((agenda.next(), agenda.take_due(at(4))), (Some(at(5)), vec![]));
        // Who waits for another time, or for none, waits no more for the one before.
        agenda.set(&names[2], Some(at(3)));
        agenda.set(&names[0], None);
        let due: Vec<_> =
            agenda.take_due(at(5)).iter().map(|(name, slot)| (name.to_string(), *slot)).collect();
        assert_eq!(due, [("c".to_owned(), at(3)), ("a".to_owned(), at(5))]);
        assert_eq!(agenda.next(), None);
    }
}
