//! Commits other than turns, and the instances and targets that they name.

use durable_core::{
    message::Message,
    model::{InstanceKey, InstanceKind, NewInstance, TaskRef},
    store::{
        Commit, InstanceVersion, PurgeCommit, ScheduledMessage, SendCommit, StartCommit, Target,
        TaskResultCommit,
    },
};
use fnhost_protocol::{ids::InstanceId, time::Timestamp};

use crate::build::{event, json};

/// An orchestration to be created.
pub fn orchestration(key: InstanceKey, id: &str) -> NewInstance {
    NewInstance {
        key,
        id: InstanceId::from_stored(id),
        kind: InstanceKind::Orchestration,
        name: "Flow".to_owned(),
        input: Some(json("\"first\"")),
        parent: None,
    }
}

/// An entity to be created, by its id such as `@counter@a`.
pub fn entity(key: InstanceKey, id: &str) -> NewInstance {
    let name = id.split('@').nth(1).expect("an entity's id begins with @").to_owned();
    NewInstance {
        key,
        id: InstanceId::from_stored(id),
        kind: InstanceKind::Entity,
        name,
        input: None,
        parent: None,
    }
}

/// An instance that must exist.
pub fn to(id: &str) -> Target {
    Target::Existing(InstanceId::from_stored(id))
}

/// An entity, which is created when it does not exist.
pub fn to_entity(key: InstanceKey, id: &str) -> Target {
    Target::Entity(entity(key, id))
}

/// An entity, at a time.
pub fn scheduled(key: InstanceKey, id: &str, due: Timestamp) -> Target {
    Target::Scheduled { entity: entity(key, id), due }
}

/// The delivery of a scheduled message.
pub fn deliver(message: ScheduledMessage) -> Commit {
    Commit::Deliver(Box::new(message))
}

/// A sub-orchestration, with the event `refused` for whoever asks in vain.
pub fn create(key: InstanceKey, id: &str) -> Target {
    Target::Create { instance: orchestration(key, id), refusal: Some(event("refused")) }
}

/// A message from outside.
pub fn send(target: Target, message: Message) -> Commit {
    Commit::Send(SendCommit { target, message })
}

/// The removal of an instance.
pub fn purge(id: &str) -> Commit {
    Commit::Purge(PurgeCommit { id: InstanceId::from_stored(id), only: None })
}

/// The removal of an instance as it was found.
pub fn purge_only(id: &str, found: InstanceVersion) -> Commit {
    Commit::Purge(PurgeCommit { id: InstanceId::from_stored(id), only: Some(found) })
}

/// A call's result on its own; its message is the event `result`.
pub fn task_result(task: TaskRef) -> Commit {
    Commit::TaskResult(TaskResultCommit { task, message: event("result") })
}

/// A start; see [`start`].
pub struct Start(StartCommit);

/// A start that does not replace a live instance.
pub fn start(instance: NewInstance) -> Start {
    let message = Message::Start { input: json("\"first\""), parent: instance.parent.clone() };
    Start(StartCommit { instance, replace: false, message })
}

impl Start {
    /// Replaces a live instance too.
    pub fn replacing(mut self) -> Self {
        self.0.replace = true;
        self
    }
}

impl From<Start> for Commit {
    fn from(Start(start): Start) -> Self {
        Self::Start(start)
    }
}
