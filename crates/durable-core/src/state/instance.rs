//! What the engine holds in memory of an instance between turns.

use fnhost_protocol::{ids::InstanceId, json::JsonText, status::RuntimeStatus, time::Timestamp};

use crate::model::{Instance, Loaded, NewInstance};

/// An instance between two turns: its row, and an entity's state. History stays in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// The row.
    pub instance: Instance,
    /// State of an entity.
    pub entity_state: Option<JsonText>,
    /// Whether its row exists; `false` until the commit that creates it together with its first turn.
    pub stored: bool,
}

impl State {
    /// As read from the store.
    pub fn of(loaded: &Loaded) -> Self {
        Self { instance: loaded.instance.clone(), entity_state: loaded.entity_state.clone(), stored: true }
    }

    /// As it will be once its creating commit is written, before any turn.
    pub fn created(new: &NewInstance, now: Timestamp) -> Self {
        Self {
            instance: Instance {
                key: new.key,
                id: new.id.clone(),
                kind: new.kind,
                name: new.name.clone(),
                status: RuntimeStatus::Pending,
                generation: 0,
                turn: 0,
                events: 0,
                actions: 0,
                parent: new.parent.clone(),
                created_at: now,
                updated_at: now,
                lock: None,
            },
            entity_state: None,
            stored: false,
        }
    }

    /// The instance's id.
    pub fn id(&self) -> &InstanceId {
        &self.instance.id
    }
}
