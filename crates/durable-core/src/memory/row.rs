//! One instance with everything that belongs to it. Because it is one value, removing it leaves nothing behind.

use std::{collections::BTreeMap, sync::Arc};

use fnhost_protocol::{
    failure::Failure,
    history::{HistoryEvent, TaskId},
    ids::EntityId,
    json::JsonText,
    status::RuntimeStatus,
    time::Timestamp,
};

use crate::{
    message::Message,
    model::{HostLease, Instance, InstanceKind, MessageId, NewInstance, TaskRef},
    store::{EntityStateChange, Execution, NewTask, Ownership, StoreError, TurnCommit},
    suspicion::Suspicion,
};

/// An instance and its children. Large parts are shared, so that the copy which a commit works on is cheap.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) instance: Instance,
    /// Which entity it is; `None` for an orchestration.
    pub(super) entity: Option<EntityId>,
    /// Who runs it; nobody when `None`. Always of a current epoch: voiding a lease clears it here.
    pub(super) owner: Option<HostLease>,
    /// What is counted against the next turn.
    pub(super) suspicion: Suspicion,
    /// Input of the latest execution.
    pub(super) input: Option<JsonText>,
    pub(super) output: Option<JsonText>,
    pub(super) failure: Option<Failure>,
    pub(super) custom_status: Option<JsonText>,
    pub(super) entity_state: Option<JsonText>,
    pub(super) inbox: BTreeMap<MessageId, Arc<Message>>,
    /// History of the current execution, one entry per turn. Earlier executions have none.
    pub(super) history: Vec<Arc<[HistoryEvent]>>,
    /// Activities of the current execution.
    pub(super) tasks: BTreeMap<TaskId, Arc<TaskRow>>,
    /// Timers of the current execution.
    pub(super) timers: BTreeMap<TaskId, Timestamp>,
}

/// One activity call that has no recorded result.
#[derive(Debug, Clone)]
pub(super) struct TaskRow {
    /// Place in the queue of the whole hub; kept when the call is given back.
    pub(super) place: i64,
    pub(super) name: String,
    pub(super) input: JsonText,
    /// Who runs it; queued when `None`.
    pub(super) leased_to: Option<HostLease>,
    /// How often it was leased.
    pub(super) attempts: u32,
    pub(super) policy_attempt: u32,
    /// What is counted against it.
    pub(super) suspicion: Suspicion,
}

impl TaskRow {
    /// A call as a turn asked for it.
    pub(super) fn new(task: &NewTask, place: i64, writer: HostLease) -> Self {
        Self {
            place,
            name: task.name.clone(),
            input: task.input.clone(),
            leased_to: task.lease.then_some(writer),
            attempts: u32::from(task.lease),
            policy_attempt: task.policy_attempt,
            suspicion: Suspicion::NONE,
        }
    }
}

impl Row {
    /// A new instance: no turn yet, nobody's.
    pub(super) fn new(new: &NewInstance, now: Timestamp) -> Result<Self, StoreError> {
        let (status, entity) = match new.kind {
            InstanceKind::Orchestration => (RuntimeStatus::Pending, None),
            InstanceKind::Entity => (RuntimeStatus::Running, Some(entity_id(new)?)),
        };
        Ok(Self {
            entity,
            instance: Instance {
                key: new.key,
                id: new.id.clone(),
                kind: new.kind,
                name: new.name.clone(),
                status,
                generation: 0,
                turn: 0,
                events: 0,
                actions: 0,
                parent: new.parent.clone(),
                created_at: now,
                updated_at: now,
                lock: None,
            },
            owner: None,
            suspicion: Suspicion::NONE,
            input: new.input.clone(),
            output: None,
            failure: None,
            custom_status: None,
            entity_state: None,
            inbox: BTreeMap::new(),
            history: Vec::new(),
            tasks: BTreeMap::new(),
            timers: BTreeMap::new(),
        })
    }

    pub(super) fn is_finished(&self) -> bool {
        self.instance.status.is_terminal()
    }

    pub(super) fn is_orchestration(&self) -> bool {
        self.entity.is_none()
    }

    /// The call, if it is of the current execution and has no result yet.
    pub(super) fn task(&self, task: TaskRef) -> Option<&Arc<TaskRow>> {
        self.tasks.get(&task.task).filter(|_| self.is_current(task))
    }

    /// Its calls that this host has leased.
    pub(super) fn leased_to(&self, lease: HostLease) -> impl Iterator<Item = TaskRef> {
        let Instance { key: instance, generation, .. } = self.instance;
        self.tasks
            .iter()
            .filter(move |(_, call)| call.leased_to == Some(lease))
            .map(move |(task, _)| TaskRef { instance, generation, task: *task })
    }

    /// Whether a call or timer belongs to the current execution of this instance.
    fn is_current(&self, task: TaskRef) -> bool {
        (task.instance, task.generation) == (self.instance.key, self.instance.generation)
    }

    /// Everything that a turn changes in its own instance except new children, which come two stages later.
    /// The message of a continue-as-new is the caller's to deliver.
    pub(super) fn take_turn(&mut self, turn: &TurnCommit, writer: HostLease) {
        for message in &turn.consumed {
            self.inbox.remove(message);
        }
        for task in &turn.tasks_done {
            if self.is_current(*task) {
                self.tasks.remove(&task.task);
            }
        }
        for timer in &turn.timers_done {
            if self.is_current(*timer) {
                self.timers.remove(&timer.task);
            }
        }
        match &turn.execution {
            Execution::Continues => self.append(&turn.history),
            Execution::Finished(completion) => {
                self.append(&turn.history);
                self.output.clone_from(&completion.output);
                self.failure.clone_from(&completion.failure);
                self.tasks.clear();
                self.timers.clear();
                self.inbox.clear();
            }
            Execution::ContinuedAsNew { input, .. } => {
                self.input = Some(input.clone());
                self.history.clear();
                self.tasks.clear();
                self.timers.clear();
            }
        }
        let update = &turn.update;
        self.instance.turn = update.turn;
        self.instance.generation = update.generation;
        self.instance.status = update.status;
        self.instance.events = update.events;
        self.instance.actions = update.actions;
        self.instance.updated_at = update.updated_at;
        self.instance.lock.clone_from(&update.lock);
        if let Some(custom_status) = &update.custom_status {
            self.custom_status = Some(custom_status.clone());
        }
        if let EntityStateChange::Set(state) = &update.entity_state {
            self.entity_state.clone_from(state);
        }
        self.suspicion = Suspicion::NONE;
        self.owner = match update.ownership {
            Ownership::Keep => Some(writer),
            Ownership::Release => None,
        };
    }

    fn append(&mut self, run: &[HistoryEvent]) {
        if !run.is_empty() {
            self.history.push(run.into());
        }
    }

    /// Makes the leases that `is_void` names nobody's. What was leased keeps its count of attempts.
    pub(super) fn void_leases(&mut self, is_void: impl Fn(HostLease) -> bool) {
        if self.owner.is_some_and(&is_void) {
            self.owner = None;
        }
        for task in self.tasks.values_mut().filter(|task| task.leased_to.is_some_and(&is_void)) {
            Arc::make_mut(task).leased_to = None;
        }
    }
}

fn entity_id(new: &NewInstance) -> Result<EntityId, StoreError> {
    EntityId::parse(new.id.as_str())
        .map_err(|error| StoreError::Permanent(format!("`{}` cannot be an entity: {error}", new.id)))
}
