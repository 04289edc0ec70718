//! Critical sections: locks are granted all together, and nobody adds at an entity in the middle of somebody else's.

use std::collections::BTreeSet;

use durable_core::{lock::SectionRef, store::TurnCommit};
use fnhost_protocol::{
    history::{EventKind, ExecutionRef, TaskId},
    ids::{EntityId, InstanceId},
};
use futures_util::FutureExt;

use super::{Audit, Invariant, instances::Instance};
use crate::program::{Addition, is_section};

impl Audit {
    /// When an execution is told that its section begins, it has all of the locks.
    pub(super) fn check_grants(&mut self, instance: &Instance, turn: &TurnCommit) {
        for event in &turn.history {
            let EventKind::EntityLockGranted { id: task } = event.kind else { continue };
            let execution = ExecutionRef { key: turn.key.0, generation: instance.generation };
            let section = SectionRef { execution, task };
            for entity in asked_for(instance, task) {
                let holder = self.holder(&entity);
                self.holds(Invariant::Lock, holder == Some(section), || {
                    format!(
                        "`{}` begins its section {task}, and {entity} is locked for {holder:?}",
                        instance.id
                    )
                });
            }
        }
    }

    /// Whom an entity is locked for, as the store has it.
    fn holder(&self, entity: &EntityId) -> Option<SectionRef> {
        let key = *self.ids.get(&entity.instance_id())?;
        let found = self.store.load(key).now_or_never()?.ok()??;
        found.instance.lock.as_ref()?.holder().map(SectionRef::of)
    }

    /// What is added within one section stands side by side.
    pub(super) fn check_sections(&mut self, entity: &InstanceId, additions: &[Addition]) {
        let mut seen = BTreeSet::new();
        let mut last = None;
        for (sender, place, _) in additions {
            if is_section(sender) && last != Some(sender) {
                let first = seen.insert(sender);
                self.holds(Invariant::Lock, first, || {
                    format!("somebody else has added at `{entity}` before addition {place} of {sender}")
                });
            }
            last = Some(sender);
        }
    }
}

/// The entities that a section is to have.
fn asked_for(instance: &Instance, section: TaskId) -> Vec<EntityId> {
    let asked = instance.history.iter().find_map(|event| match &event.kind {
        EventKind::EntityLockRequested { id, entities } if *id == section => Some(entities.clone()),
        _ => None,
    });
    asked.unwrap_or_default()
}
