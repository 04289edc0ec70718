//! What both kinds of test are made of.

use std::collections::VecDeque;

use durable_core::{
    limits::Limits,
    lock::{CriticalSection, Lock, SectionRef},
    message::Message,
    model::{InstanceKey, InstanceKind, MessageId, NewInstance},
    state::{Applied, BegunBatch, Incoming, State, Supply, apply_entity, begin_entity},
    store::{OutMessage, Target},
};
use fnhost_protocol::{
    entity::EntityOutcome,
    history::{ExecutionRef, Parent},
    ids::{EntityId, InstanceId},
    json::JsonText,
    time::Timestamp,
};

/// Ascending keys.
pub struct Keys(pub i64);

impl Supply for Keys {
    fn key(&mut self) -> InstanceKey {
        self.0 += 1;
        InstanceKey(self.0)
    }

    fn instance_id(&mut self) -> InstanceId {
        InstanceId::generate()
    }

    fn lease_task(&mut self) -> bool {
        false
    }
}

pub fn entity(key: &str) -> EntityId {
    EntityId::new("counter", key).unwrap()
}

pub fn at(micros: i64) -> Timestamp {
    Timestamp::from_micros(micros)
}

/// The lock of task 1 of the orchestration of this name.
pub fn owner(name: &str) -> Parent {
    let execution = ExecutionRef { key: i64::from(name.as_bytes()[0]), generation: 0 };
    Parent { instance: InstanceId::parse(name).unwrap(), execution, task: 1 }
}

pub fn section(name: &str) -> SectionRef {
    SectionRef::of(&owner(name))
}

pub fn instance(key: i64, id: &str, kind: InstanceKind) -> NewInstance {
    NewInstance {
        key: InstanceKey(key),
        id: InstanceId::from_stored(id),
        kind,
        name: "f".to_owned(),
        input: None,
        parent: None,
    }
}

/// An orchestration that runs.
pub fn orchestration(lock: Option<CriticalSection>) -> State {
    let mut state = State::created(&instance(97, "a", InstanceKind::Orchestration), at(0));
    state.instance.lock = lock.map(Lock::Section);
    state
}

/// An entity that is locked for somebody, or for nobody.
pub fn locked_for(holder: Option<&str>) -> State {
    let mut state = State::created(&instance(5, "@counter@x", InstanceKind::Entity), at(0));
    state.instance.lock = holder.map(|name| Lock::HeldBy(owner(name)));
    state
}

/// A signal that belongs to the critical section of `of`, or to none.
pub fn signal(name: &str, of: Option<&str>) -> Message {
    Message::Operation {
        name: name.to_owned(),
        input: JsonText::null(),
        caller: None,
        reply: None,
        section: of.map(section),
    }
}

pub fn lock(by: &str, rest: &[&str]) -> Message {
    let rest = (50..).zip(rest).map(|(key, name)| (InstanceKey(key), entity(name))).collect();
    Message::Lock { owner: owner(by), rest }
}

pub fn unlock(by: &str, rest: &[&str]) -> Message {
    Message::Unlock { section: section(by), rest: rest.iter().map(|name| entity(name)).collect() }
}

/// Messages with ids from 1 on.
pub fn inbox(messages: impl IntoIterator<Item = Message>) -> VecDeque<Incoming> {
    (1..).zip(messages).map(|(id, message)| Incoming::Message(MessageId(id), message)).collect()
}

/// Takes what may run now: the batch and what stays.
pub fn take(state: &State, messages: impl IntoIterator<Item = Message>) -> (BegunBatch, Vec<i64>) {
    let mut pending = inbox(messages);
    let batch = begin_entity(state, &mut pending, 100, at(9));
    let left = pending.iter().map(|one| match one {
        Incoming::Message(id, _) => id.0,
        _ => 0,
    });
    (batch, left.collect())
}

/// The names of the operations of a batch.
pub fn names(batch: &BegunBatch) -> Vec<&str> {
    batch.operations.iter().map(|operation| operation.name.as_str()).collect()
}

/// Runs a batch of operations that all succeed.
pub fn succeed(state: &State, batch: BegunBatch, keys: &mut Keys) -> Applied {
    let results = vec![Ok(JsonText::null()); batch.operations.len()];
    let outcome = EntityOutcome { state: state.entity_state.clone(), results, actions: Vec::new() };
    apply_entity(state, batch, Ok(outcome), &Limits::default(), keys)
}

/// Where messages go and what they are, in short.
pub fn told(messages: &[OutMessage]) -> Vec<String> {
    messages.iter().map(|sent| format!("{}: {}", to(&sent.target), what(&sent.message))).collect()
}

fn to(target: &Target) -> String {
    match target {
        Target::Existing(id) => id.to_string(),
        Target::Entity(new) | Target::Create { instance: new, .. } => format!("{} ({})", new.id, new.key.0),
        Target::Scheduled { entity, due } => format!("{} at {}", entity.id, due.as_micros()),
    }
}

fn what(message: &Message) -> String {
    match message {
        Message::Operation { name, section, .. } => match section {
            Some(section) => format!("{name} in section {}", section.task),
            None => name.clone(),
        },
        Message::Lock { owner, rest } => {
            let rest: Vec<_> = rest.iter().map(|(key, id)| format!("{id} ({})", key.0)).collect();
            format!("lock for {} then {rest:?}", owner.instance)
        }
        Message::Unlock { section, rest } => {
            let rest: Vec<_> = rest.iter().map(ToString::to_string).collect();
            format!("unlock {} then {rest:?}", section.execution.key)
        }
        Message::Event { event, .. } => format!("{event:?}"),
        other => format!("{other:?}"),
    }
}
