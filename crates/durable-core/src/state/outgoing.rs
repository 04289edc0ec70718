//! Messages to entities, as orchestrations and entities send them alike.

use fnhost_protocol::{ids::EntityId, time::Timestamp};

use crate::{
    message::Message,
    model::{InstanceKey, InstanceKind, NewInstance},
    state::Supply,
    store::{OutMessage, Target},
};

/// A message to an entity, now or at a time. The entity is created under a reserved key when it does not exist.
pub(super) fn to_entity(
    entity: &EntityId,
    message: Message,
    at: Option<Timestamp>,
    now: Timestamp,
    supply: &mut dyn Supply,
) -> OutMessage {
    let entity = entity_under(supply.key(), entity);
    let target = match at.filter(|due| *due > now) {
        Some(due) => Target::Scheduled { entity, due },
        None => Target::Entity(entity),
    };
    OutMessage { target, message }
}

/// An entity that is to be created under this key when it does not exist.
pub(super) fn entity_under(key: InstanceKey, entity: &EntityId) -> NewInstance {
    NewInstance {
        key,
        id: entity.instance_id(),
        kind: InstanceKind::Entity,
        name: entity.name().to_owned(),
        input: None,
        parent: None,
    }
}
