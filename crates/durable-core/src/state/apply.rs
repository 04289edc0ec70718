//! The second half of a turn: what the code asked for becomes one commit and the instance's next state.

use fnhost_protocol::{
    action::Action,
    failure::{Failure, kind},
    history::{EventKind, HistoryEvent, Parent, TaskId},
    ids::{EntityId, InstanceId},
    json::JsonText,
    retry::Retry,
    status::RuntimeStatus,
    time::Timestamp,
};

use crate::{
    limits::Limits,
    message::Message,
    model::{Instance, InstanceKey, InstanceKind, NewInstance, TaskRef},
    state::{Begun, Drive, State, Termination, check, outgoing::to_entity},
    store::{
        Completion, EntityStateChange, Execution, InstanceUpdate, NewTask, NewTimer, OutMessage, Ownership,
        Target, TurnCommit, TurnOrigin,
    },
};

/// What `apply` draws from the outside, so that it stays pure itself.
pub trait Supply {
    /// A reserved key for an instance that the turn creates.
    fn key(&mut self) -> InstanceKey;

    /// An id for a sub-orchestration that was given none.
    fn instance_id(&mut self) -> InstanceId;

    /// Whether this host takes one more activity at once; called once for each that the commit enqueues.
    fn lease_task(&mut self) -> bool;
}

/// A finished turn: what to write, and the instance as it will be once that is written.
#[derive(Debug, Clone)]
pub struct Applied {
    /// What to write.
    pub commit: TurnCommit,
    /// The state that holds after the commit.
    pub next: State,
}

/// Turns the code's actions into the commit of the turn.
///
/// Actions past a limit fail the execution instead; see [`Limits`].
///
/// Ownership is left at `Keep`; the engine releases the instance when nothing of it is left to run here.
pub fn apply(
    state: &State,
    begun: Begun,
    actions: Vec<Action>,
    limits: &Limits,
    supply: &mut dyn Supply,
) -> Applied {
    let actions = match (&begun.drive, check::check(state, &actions, begun.events.len(), limits)) {
        (Drive::RunCode, Ok(())) => actions,
        (Drive::RunCode, Err(failure)) => vec![Action::Fail { failure }],
        (Drive::Record | Drive::Terminate(_), _) => Vec::new(),
    };
    let drive = begun.drive.clone();
    let mut turn = TurnBuilder::new(state, begun, supply);
    if let Drive::Terminate(termination) = drive {
        turn.terminate(&termination);
    }
    turn.commit.update.actions += check::count(&actions);
    for action in actions {
        turn.perform(action);
    }
    turn.finish()
}

/// A turn's commit while it is being put together.
pub(super) struct TurnBuilder<'a> {
    pub(super) before: &'a State,
    pub(super) commit: TurnCommit,
    pub(super) supply: &'a mut dyn Supply,
}

impl<'a> TurnBuilder<'a> {
    fn new(before: &'a State, begun: Begun, supply: &'a mut dyn Supply) -> Self {
        let row = &before.instance;
        let update = InstanceUpdate {
            turn: row.turn + 1,
            generation: row.generation,
            status: match (&begun.drive, begun.suspended) {
                (_, true) => RuntimeStatus::Suspended,
                (Drive::Record, false) => row.status,
                (_, false) => RuntimeStatus::Running,
            },
            events: row.events,
            actions: row.actions,
            updated_at: begun.now,
            custom_status: None,
            entity_state: EntityStateChange::Unchanged,
            ownership: Ownership::Keep,
            lock: row.lock.clone(),
        };
        let commit = TurnCommit {
            key: row.key,
            origin: TurnOrigin::Existing { turn: row.turn },
            consumed: begun.consumed,
            tasks_done: begun.tasks_done,
            timers_done: begun.timers_done,
            history: begun.events,
            execution: Execution::Continues,
            update,
            tasks: Vec::new(),
            timers: Vec::new(),
            messages: Vec::new(),
            replies: Vec::new(),
            inbox: None,
        };
        let mut turn = Self { before, commit, supply };
        turn.note_grant();
        turn
    }

    pub(super) fn record(&mut self, event: EventKind) {
        self.commit.history.push(HistoryEvent::new(self.commit.update.updated_at, event));
    }

    /// The one function that performs the output alphabet.
    fn perform(&mut self, action: Action) {
        match action {
            Action::ScheduleTask { id, name, input, retry } => self.schedule_task(id, name, input, retry),
            Action::CreateSubOrchestration { id, name, instance, input, retry } => {
                self.create_child(id, name, instance, input, retry);
            }
            Action::CreateTimer { id, fire_at } => {
                self.commit.timers.push(NewTimer { task: id, fire_at });
                self.record(EventKind::TimerCreated { id, fire_at });
            }
            Action::CancelTimer { id } => self.cancel_timer(id),
            Action::CallEntity { id, entity, operation, input } => {
                let caller = Some(self.as_parent(id));
                self.send_operation(&entity, operation.clone(), input.clone(), caller, None);
                self.record(EventKind::EntityOperationCalled { id, entity, operation, input });
            }
            Action::SignalEntity { id, entity, operation, input, at } => {
                self.send_operation(&entity, operation.clone(), input.clone(), None, at);
                self.record(EventKind::EntityOperationSignaled { id, entity, operation, input, at });
            }
            Action::LockEntities { id, entities } => self.lock_entities(id, entities),
            Action::UnlockEntities { id } => self.unlock_entities(id),
            Action::SetCustomStatus { status } => self.commit.update.custom_status = Some(status),
            Action::Complete { result } => {
                self.record(EventKind::ExecutionCompleted { result: result.clone() });
                self.tell_parent(|id| EventKind::SubOrchestrationCompleted { id, result: result.clone() });
                let completion = Completion { output: Some(result), failure: None };
                self.end(RuntimeStatus::Completed, completion);
            }
            Action::Fail { failure } => {
                self.record(EventKind::ExecutionFailed { failure: failure.clone() });
                let passed_on = self.child_failure(&failure);
                self.tell_parent(|id| EventKind::SubOrchestrationFailed { id, failure: passed_on });
                self.end(RuntimeStatus::Failed, Completion { output: None, failure: Some(failure) });
            }
            Action::ContinueAsNew { input, carryover } => self.continue_as_new(input, carryover),
        }
    }

    fn schedule_task(&mut self, id: TaskId, name: String, input: JsonText, retry: Option<Retry>) {
        self.commit.tasks.push(NewTask {
            task: id,
            name: name.clone(),
            input: input.clone(),
            policy_attempt: retry.as_ref().map_or(1, |retry| retry.attempt),
            lease: false,
        });
        self.record(EventKind::TaskScheduled { id, name, input, retry });
    }

    fn cancel_timer(&mut self, id: TaskId) {
        let created_here = self.commit.timers.iter().position(|timer| timer.task == id);
        if let Some(at) = created_here {
            self.commit.timers.remove(at);
        } else {
            let Instance { key, generation, .. } = self.before.instance;
            self.commit.timers_done.push(TaskRef { instance: key, generation, task: id });
        }
        self.record(EventKind::TimerCancelled { id });
    }

    fn create_child(
        &mut self,
        id: TaskId,
        name: String,
        given: Option<InstanceId>,
        input: JsonText,
        retry: Option<Retry>,
    ) {
        let child = given.unwrap_or_else(|| self.supply.instance_id());
        let parent = self.as_parent(id);
        let refusal = Message::Event {
            execution: Some(parent.execution),
            at: self.commit.update.updated_at,
            event: EventKind::SubOrchestrationFailed {
                id,
                failure: Failure::new(
                    kind::INSTANCE_EXISTS,
                    format!(
                        "sub-orchestration `{name}` was not started: an instance with id `{child}` is not finished"
                    ),
                ),
            },
        };
        self.record(EventKind::SubOrchestrationCreated {
            id,
            name: name.clone(),
            instance: child.clone(),
            input: input.clone(),
            retry,
        });
        let instance = NewInstance {
            key: self.supply.key(),
            id: child,
            kind: InstanceKind::Orchestration,
            name,
            input: Some(input.clone()),
            parent: Some(parent.clone()),
        };
        self.commit.messages.push(OutMessage {
            target: Target::Create { instance, refusal: Some(refusal) },
            message: Message::Start { input, parent: Some(parent) },
        });
    }

    fn send_operation(
        &mut self,
        entity: &EntityId,
        name: String,
        input: JsonText,
        caller: Option<Parent>,
        at: Option<Timestamp>,
    ) {
        // What is for later is no part of a critical section of now.
        let section = self.section_of(entity).filter(|_| at.is_none());
        let message = Message::Operation { name, input, caller, reply: None, section };
        let now = self.commit.update.updated_at;
        self.commit.messages.push(to_entity(entity, message, at, now, self.supply));
    }

    pub(super) fn as_parent(&self, task: TaskId) -> Parent {
        Parent {
            instance: self.before.instance.id.clone(),
            execution: self.before.instance.execution(),
            task,
        }
    }

    fn tell_parent(&mut self, event: impl FnOnce(TaskId) -> EventKind) {
        if let Some(parent) = &self.before.instance.parent {
            self.commit.messages.push(OutMessage {
                target: Target::Existing(parent.instance.clone()),
                message: Message::Event {
                    execution: Some(parent.execution),
                    at: self.commit.update.updated_at,
                    event: event(parent.task),
                },
            });
        }
    }

    /// How a failure looks to the parent: wrapped, so that the text names the child and the cause stays whole.
    fn child_failure(&self, failure: &Failure) -> Failure {
        let row = &self.before.instance;
        let mut outer = Failure::new(
            failure.kind.clone(),
            format!("sub-orchestration `{}` ({}) failed: {}", row.name, row.id, failure.message),
        );
        outer.non_retriable = failure.non_retriable;
        outer.caused_by(failure.clone())
    }

    fn terminate(&mut self, termination: &Termination) {
        let reason = &termination.reason;
        let failure = Failure::new(
            kind::TERMINATED,
            format!("sub-orchestration `{}` was terminated: {reason}", self.before.instance.name),
        )
        // Somebody wanted it to end.
        .not_retriable();
        self.tell_parent(|id| EventKind::SubOrchestrationFailed { id, failure });
        let to_children = termination.messages(&self.before.instance, self.commit.update.updated_at);
        self.commit.messages.extend(to_children);
        let completion = Completion { output: Some(JsonText::string(reason)), failure: None };
        self.end(RuntimeStatus::Terminated, completion);
    }

    /// Ends the execution: what it asked for in this very turn and is nobody's business but its own is not done.
    fn end(&mut self, status: RuntimeStatus, completion: Completion) {
        self.commit.update.status = status;
        self.commit.update.ownership = Ownership::Release;
        self.commit.execution = Execution::Finished(completion);
        self.leave_section();
        self.drop_own_work();
    }

    fn continue_as_new(&mut self, input: JsonText, carryover: Vec<(String, JsonText)>) {
        let generation = self.before.instance.generation + 1;
        let message = Message::ContinuedAsNew { generation, input: input.clone(), carryover };
        self.commit.update.generation = generation;
        self.commit.update.events = 0;
        self.commit.update.actions = 0;
        self.commit.history.clear();
        self.commit.execution = Execution::ContinuedAsNew { input, message };
        self.leave_section();
        self.drop_own_work();
    }

    /// Activities and timers of an execution that is over are never run: nobody could see their results.
    fn drop_own_work(&mut self) {
        self.commit.tasks.clear();
        self.commit.timers.clear();
    }

    fn finish(mut self) -> Applied {
        // Only now is it known which activities are left to run.
        for task in &mut self.commit.tasks {
            task.lease = self.supply.lease_task();
        }
        if !matches!(self.commit.execution, Execution::ContinuedAsNew { .. }) {
            self.commit.update.events += self.commit.history.len() as u64;
        }
        let update = &self.commit.update;
        let mut instance = self.before.instance.clone();
        instance.turn = update.turn;
        instance.generation = update.generation;
        instance.status = update.status;
        instance.events = update.events;
        instance.actions = update.actions;
        instance.updated_at = update.updated_at;
        instance.lock.clone_from(&update.lock);
        let next = State { instance, entity_state: self.before.entity_state.clone(), stored: true };
        Applied { commit: self.commit, next }
    }
}

impl Applied {
    /// Makes the turn create its instance: a start and its first turn in one commit.
    pub fn creating(&mut self, instance: NewInstance, replace: bool) {
        self.commit.origin = TurnOrigin::New { instance, replace };
    }
}
