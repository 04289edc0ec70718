//! What clients and orchestrations did to others: each once.

use std::collections::BTreeMap;

use fnhost_protocol::{ids::InstanceId, json::JsonText};

use super::{Audit, Invariant};
use crate::program::Addition;

impl Audit {
    /// A call took effect in the store.
    pub(super) fn took_effect(&mut self, call: String) {
        let effects = self.effects.entry(call.clone()).or_default();
        *effects += 1;
        let once = *effects == 1;
        let refused = self.refused.contains(&call);
        self.holds(Invariant::Acknowledged, once, || format!("`{call}` took effect twice"));
        self.holds(Invariant::Acknowledged, !refused, || format!("`{call}` was refused and took effect"));
    }

    /// A client was told that its call is done.
    pub(crate) fn acknowledged(&mut self, call: &str) {
        let done = self.effects.contains_key(call);
        self.holds(Invariant::Acknowledged, done, || format!("`{call}` was acknowledged and is not done"));
    }

    /// A client was told that its call is refused.
    pub(crate) fn refused(&mut self, call: &str) {
        let done = self.effects.contains_key(call);
        self.holds(Invariant::Acknowledged, !done, || format!("`{call}` was refused and is done"));
        self.refused.insert(call.to_owned());
    }

    /// Something is to be added at an entity.
    pub(super) fn note_addition(&mut self, entity: &InstanceId, input: &JsonText) {
        if let Ok((sender, place, add)) = input.read::<Addition>() {
            *self.added.entry(entity.clone()).or_default() += add;
            self.took_effect(addition_name(&sender, place));
        }
    }

    /// Nothing is added twice, and what one sender adds in its order, whichever hosts its additions went through.
    pub(super) fn check_order(&mut self, entity: &InstanceId, additions: &[Addition]) {
        let mut places: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
        for (sender, place, _) in additions {
            places.entry(sender).or_default().push(*place);
        }
        for (sender, places) in places {
            let ordered = places.is_sorted_by(|one, next| one < next);
            self.holds(Invariant::Sums, ordered, || format!("`{entity}` has {places:?} of {sender}"));
        }
    }

    /// At the end: everything that lives although it should have come to its end.
    pub(crate) fn unfinished(&self) -> Vec<String> {
        let live = self.instances.values().filter(|instance| {
            instance.is_live() || !instance.inbox.is_empty() || !instance.tasks.is_empty()
        });
        live.map(|instance| {
            let owner = instance.owner.map(|lease| self.describe(lease));
            let tasks: Vec<String> = instance
                .tasks
                .iter()
                .map(|(task, call)| {
                    format!("{task} leased to {:?}", call.leased_to.map(|lease| self.describe(lease)))
                })
                .collect();
            format!(
                "`{}` (turn {}, owner {owner:?}, inbox {:?}, tasks {tasks:?}, timers {:?}, last {:?})",
                instance.id,
                instance.turn,
                instance.inbox,
                instance.timers,
                instance.history.last().map(|event| &event.kind)
            )
        })
        .chain(self.scheduled.iter().map(|(name, due)| format!("{name}, scheduled for {due}")))
        .collect()
    }

    fn describe(&self, lease: durable_core::model::HostLease) -> String {
        format!("{lease}{}", if self.is_current(lease) { "" } else { " (over)" })
    }

    /// An entity has told a client that after its addition there are so many.
    pub(crate) fn answered(&mut self, entity: &InstanceId, addition: &Addition, count: usize) {
        let found =
            self.by_id(entity).and_then(|entity| entity.additions.get(count.checked_sub(1)?)).cloned();
        self.holds(Invariant::Sums, found.as_ref() == Some(addition), || {
            format!("`{entity}` answered {count} to {addition:?}, and addition {count} is {found:?}")
        });
    }

    /// At the end: how much every entity should hold.
    pub(crate) fn sums(&self) -> &BTreeMap<InstanceId, u64> {
        &self.added
    }
}

/// What an operation at an entity is called in the books.
pub(crate) fn addition_name(sender: &str, place: u64) -> String {
    format!("addition {place} of {sender}")
}
