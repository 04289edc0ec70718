//! What the books say of one instance.

use std::collections::{BTreeMap, BTreeSet};

use durable_core::{
    message::Message,
    model::{HostLease, InstanceKind, MessageId, NewInstance},
};
use fnhost_protocol::{
    history::{EventKind, HistoryEvent, Parent, TaskId},
    ids::InstanceId,
    status::RuntimeStatus,
    time::Timestamp,
};

use crate::program::Addition;

/// An instance that exists.
#[derive(Debug)]
pub(crate) struct Instance {
    pub(super) id: InstanceId,
    pub(super) kind: InstanceKind,
    pub(super) turn: u64,
    pub(super) generation: u32,
    /// How it has come to its end, and when.
    pub(super) ended: Option<(RuntimeStatus, Timestamp)>,
    /// Who waits for it.
    pub(super) parent: Option<Parent>,
    pub(super) owner: Option<HostLease>,
    pub(super) inbox: BTreeMap<MessageId, Note>,
    /// Of the current execution.
    pub(super) history: Vec<HistoryEvent>,
    /// Activities without a result.
    pub(super) tasks: BTreeMap<TaskId, Call>,
    pub(super) timers: BTreeSet<TaskId>,
    /// What was added, in order.
    pub(super) additions: Vec<Addition>,
    /// Names of the events that reached its inbox.
    pub(super) events: BTreeSet<String>,
}

/// An activity without a result.
#[derive(Debug, Clone, Copy)]
pub(super) struct Call {
    pub(super) leased_to: Option<HostLease>,
    /// How often it was leased and not given back.
    pub(super) attempts: u32,
}

/// What matters of a message.
#[derive(Debug, Clone)]
pub(super) enum Note {
    Addition(Addition),
    Event(String),
    /// It ends with whoever waited for it.
    Terminate(Parent),
    Other,
}

impl Note {
    pub(super) fn of(message: &Message) -> Self {
        match message {
            Message::Operation { input, .. } => input.read().map_or(Self::Other, Self::Addition),
            Message::Event { event: EventKind::EventRaised { name, .. }, .. } => Self::Event(name.clone()),
            Message::Terminate { parent, .. } => Self::Terminate(parent.clone()),
            _ => Self::Other,
        }
    }
}

impl Instance {
    pub(super) fn new(new: &NewInstance) -> Self {
        Self {
            id: new.id.clone(),
            kind: new.kind,
            turn: 0,
            generation: 0,
            ended: None,
            parent: new.parent.clone(),
            owner: None,
            inbox: BTreeMap::new(),
            history: Vec::new(),
            tasks: BTreeMap::new(),
            timers: BTreeSet::new(),
            additions: Vec::new(),
            events: BTreeSet::new(),
        }
    }

    pub(super) fn is_finished(&self) -> bool {
        self.ended.is_some()
    }

    /// Whether an orchestration has not come to its end.
    pub(super) fn is_live(&self) -> bool {
        self.kind == InstanceKind::Orchestration && !self.is_finished()
    }

    /// Leases that are over are nobody's.
    pub(super) fn void(&mut self, host: i64) {
        let is_void = |lease: &mut HostLease| lease.host == host;
        self.owner.take_if(is_void);
        for call in self.tasks.values_mut() {
            call.leased_to.take_if(is_void);
        }
    }
}
