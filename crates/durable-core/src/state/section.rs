//! Critical sections on the side of the orchestration: asking for locks, and giving them back in every way in which an
//! execution can go on or end.
//!
//! ```text
//! LockEntities ──▶ requested ── EntityLockGranted ──▶ granted ── UnlockEntities, end of the execution ──▶ none
//!                      └────────── UnlockEntities, end of the execution ──────────────────────────────────▶ none
//! ```
//!
//! All entities of a granted section are told at once that it is over. A request that is still on its way is followed
//! from entity to entity instead, so that it can never arrive after its end.

use fnhost_protocol::{
    action::Action,
    failure::{Failure, kind},
    history::{EventKind, TaskId},
    ids::EntityId,
};

use crate::{
    lock::{CriticalSection, Lock, SectionRef},
    message::Message,
    state::{State, apply::TurnBuilder, outgoing::entity_under},
    store::{OutMessage, Target},
};

/// Entities of one critical section at most: the request goes through all of them, one after the other, and names
/// those that are left.
pub const MAX_LOCKED_ENTITIES: usize = 1_000;

/// Checks that critical sections do not overlap and are neither empty nor too large.
///
/// # Errors
/// The failure that the execution ends with.
pub(super) fn check(state: &State, actions: &[Action]) -> Result<(), Failure> {
    let mut open = state.section().map(|section| section.task);
    for action in actions {
        match action {
            Action::LockEntities { entities, .. } if entities.is_empty() => {
                return Err(wrong("a lock names no entity; name at least one".to_owned()));
            }
            Action::LockEntities { entities, .. } if entities.len() > MAX_LOCKED_ENTITIES => {
                return Err(wrong(format!(
                    "a lock names {} entities; allowed are {MAX_LOCKED_ENTITIES}",
                    entities.len()
                )));
            }
            Action::LockEntities { id, .. } => {
                if let Some(first) = open.replace(*id) {
                    return Err(wrong(format!(
                        "task {id} asks for locks within the critical section of task {first}; lock all entities at \
                         once, or release the first ones before"
                    )));
                }
            }
            Action::UnlockEntities { id } if open == Some(*id) => open = None,
            _ => {}
        }
    }
    Ok(())
}

fn wrong(message: String) -> Failure {
    Failure::new(kind::CRITICAL_SECTION, message).not_retriable()
}

impl State {
    /// The critical section of an orchestration.
    pub fn section(&self) -> Option<&CriticalSection> {
        self.instance.lock.as_ref().and_then(Lock::section)
    }
}

impl TurnBuilder<'_> {
    pub(super) fn section(&self) -> Option<&CriticalSection> {
        self.commit.update.lock.as_ref().and_then(Lock::section)
    }

    /// Notes that the locks are granted, if an event of this turn says so.
    pub(super) fn note_grant(&mut self) {
        let Some(Lock::Section(section)) = &mut self.commit.update.lock else { return };
        let granted = EventKind::EntityLockGranted { id: section.task };
        section.granted |= self.commit.history.iter().any(|event| event.kind == granted);
    }

    /// Sends a request on its way through the entities, in the order of their ids.
    pub(super) fn lock_entities(&mut self, id: TaskId, mut entities: Vec<EntityId>) {
        entities.sort_unstable();
        entities.dedup();
        let mut way = entities.iter().map(|entity| (self.supply.key(), entity.clone()));
        if let Some((key, first)) = way.next() {
            let rest = way.collect();
            self.commit.messages.push(OutMessage {
                target: Target::Entity(entity_under(key, &first)),
                message: Message::Lock { owner: self.as_parent(id), rest },
            });
        }
        let section = CriticalSection { task: id, entities: entities.clone(), granted: false };
        self.commit.update.lock = Some(Lock::Section(section));
        self.record(EventKind::EntityLockRequested { id, entities });
    }

    pub(super) fn unlock_entities(&mut self, id: TaskId) {
        if self.section().is_some_and(|section| section.task == id) {
            self.leave_section();
        }
        self.record(EventKind::EntityUnlockSent { id });
    }

    /// Gives up what is locked or asked for, if anything is.
    pub(super) fn leave_section(&mut self) {
        let Some(Lock::Section(CriticalSection { task, entities, granted })) = self.commit.update.lock.take()
        else {
            return;
        };
        let section = SectionRef { execution: self.before.instance.execution(), task };
        let unlock = |entity: &EntityId, rest| OutMessage {
            target: Target::Existing(entity.instance_id()),
            message: Message::Unlock { section, rest },
        };
        if granted {
            self.commit.messages.extend(entities.iter().map(|entity| unlock(entity, Vec::new())));
        } else if let Some((first, rest)) = entities.split_first() {
            self.commit.messages.push(unlock(first, rest.to_vec()));
        }
    }

    /// The critical section that an operation belongs to.
    pub(super) fn section_of(&self, entity: &EntityId) -> Option<SectionRef> {
        let section = self.section().filter(|section| section.entities.contains(entity))?;
        Some(SectionRef { execution: self.before.instance.execution(), task: section.task })
    }
}
