//! Turns. One that says nothing is the first of an instance, leaves it running, and lets it go.

use durable_core::{
    lock::Lock,
    message::Message,
    model::{InstanceKey, MessageId, NewInstance, TaskRef},
    store::{
        ClientReply, Commit, Completion, EntityStateChange, Execution, InstanceUpdate, KnownInbox, NewTask,
        NewTimer, OutMessage, Ownership, Target, TurnCommit, TurnOrigin,
    },
};
use fnhost_protocol::{
    failure::Failure,
    history::{HistoryEvent, TaskId},
    json::JsonText,
    status::RuntimeStatus,
    time::Timestamp,
};

use crate::build::{at, json, raised};

/// A turn; see [`turn`].
#[derive(Clone)]
pub struct Turn(TurnCommit);

/// A call or timer of an instance's first execution.
pub fn task_of(instance: InstanceKey, task: TaskId) -> TaskRef {
    TaskRef { instance, generation: 0, task }
}

/// The first turn of an instance.
pub fn turn(key: InstanceKey) -> Turn {
    Turn(TurnCommit {
        key,
        origin: TurnOrigin::Existing { turn: 0 },
        consumed: Vec::new(),
        tasks_done: Vec::new(),
        timers_done: Vec::new(),
        history: Vec::new(),
        execution: Execution::Continues,
        update: InstanceUpdate {
            turn: 1,
            generation: 0,
            status: RuntimeStatus::Running,
            events: 0,
            actions: 0,
            updated_at: at(0),
            custom_status: None,
            entity_state: EntityStateChange::Unchanged,
            ownership: Ownership::Release,
            lock: None,
        },
        tasks: Vec::new(),
        timers: Vec::new(),
        messages: Vec::new(),
        replies: Vec::new(),
        inbox: None,
    })
}

impl Turn {
    /// Expects so many turns before it.
    pub fn after(mut self, turns: u64) -> Self {
        self.0.origin = TurnOrigin::Existing { turn: turns };
        self.0.update.turn = turns + 1;
        self
    }

    /// Creates its instance.
    pub fn creating(mut self, instance: NewInstance) -> Self {
        self.0.origin = TurnOrigin::New { instance, replace: false };
        self
    }

    /// Creates its instance in the place of whatever has the id.
    pub fn replacing(mut self, instance: NewInstance) -> Self {
        self.0.origin = TurnOrigin::New { instance, replace: true };
        self
    }

    /// Belongs to this execution.
    pub fn generation(mut self, generation: u32) -> Self {
        self.0.update.generation = generation;
        self
    }

    pub fn consumes(mut self, messages: impl IntoIterator<Item = MessageId>) -> Self {
        self.0.consumed.extend(messages);
        self
    }

    /// Knows so many messages up to this one.
    pub fn knows(mut self, upto: MessageId, count: u32) -> Self {
        self.0.inbox = Some(KnownInbox { upto, count });
        self
    }

    /// Carries the result of a call.
    pub fn takes(mut self, task: TaskRef) -> Self {
        self.0.tasks_done.push(task);
        self
    }

    /// Takes a timer that fired, or gives it up.
    pub fn ends_timer(mut self, timer: TaskRef) -> Self {
        self.0.timers_done.push(timer);
        self
    }

    /// Appends external events of these names to the history.
    pub fn records(self, names: &[&str]) -> Self {
        self.history(names.iter().map(|name| raised(name)).collect())
    }

    pub fn history(mut self, events: Vec<HistoryEvent>) -> Self {
        self.0.update.events += events.len() as u64;
        self.0.history = events;
        self
    }

    fn new_task(mut self, task: TaskId, name: &str, lease: bool) -> Self {
        let (name, input) = (name.to_owned(), json("{\"n\":1}"));
        self.0.tasks.push(NewTask { task, name, input, policy_attempt: task.saturating_add(3), lease });
        self
    }

    /// Enqueues an activity.
    pub fn task(self, task: TaskId, name: &str) -> Self {
        self.new_task(task, name, false)
    }

    /// Enqueues an activity that the writing host runs at once.
    pub fn leased_task(self, task: TaskId, name: &str) -> Self {
        self.new_task(task, name, true)
    }

    pub fn timer(mut self, task: TaskId, fire_at: Timestamp) -> Self {
        self.0.timers.push(NewTimer { task, fire_at });
        self
    }

    pub fn sends(mut self, target: Target, message: Message) -> Self {
        self.0.messages.push(OutMessage { target, message });
        self
    }

    fn finishes(mut self, status: RuntimeStatus, completion: Completion) -> Self {
        self.0.update.status = status;
        self.0.execution = Execution::Finished(completion);
        self
    }

    pub fn completes(self, output: &str) -> Self {
        let completion = Completion { output: Some(json(output)), failure: None };
        self.finishes(RuntimeStatus::Completed, completion)
    }

    pub fn fails(self, failure: Failure) -> Self {
        self.finishes(RuntimeStatus::Failed, Completion { output: None, failure: Some(failure) })
    }

    pub fn terminates(self, reason: &str) -> Self {
        let completion = Completion { output: Some(JsonText::string(reason)), failure: None };
        self.finishes(RuntimeStatus::Terminated, completion)
    }

    /// Ends the execution that the turn belongs to and begins the next.
    pub fn continues_as_new(mut self, input: &str) -> Self {
        self.0.update.generation += 1;
        self.0.update.events = 0;
        let (generation, input) = (self.0.update.generation, json(input));
        let message = Message::ContinuedAsNew { generation, input: input.clone(), carryover: Vec::new() };
        self.0.execution = Execution::ContinuedAsNew { input, message };
        self
    }

    /// Leaves the instance in this status.
    pub fn status(mut self, status: RuntimeStatus) -> Self {
        self.0.update.status = status;
        self
    }

    pub fn custom_status(mut self, status: &str) -> Self {
        self.0.update.custom_status = Some(json(status));
        self
    }

    /// Sets an entity's state.
    pub fn state(mut self, state: &str) -> Self {
        self.0.update.entity_state = EntityStateChange::Set(Some(json(state)));
        self
    }

    /// Deletes an entity's state.
    pub fn no_state(mut self) -> Self {
        self.0.update.entity_state = EntityStateChange::Set(None);
        self
    }

    /// Has locked this, or is locked for that.
    pub fn lock(mut self, lock: Lock) -> Self {
        self.0.update.lock = Some(lock);
        self
    }

    /// Answers a client.
    pub fn replies(mut self, reply: ClientReply) -> Self {
        self.0.replies.push(reply);
        self
    }

    pub fn counts(mut self, events: u64, actions: u64) -> Self {
        self.0.update.events = events;
        self.0.update.actions = actions;
        self
    }

    /// Runs at this time.
    pub fn at(mut self, time: Timestamp) -> Self {
        self.0.update.updated_at = time;
        self
    }

    /// Leaves the instance with the writing host.
    pub fn keeps(mut self) -> Self {
        self.0.update.ownership = Ownership::Keep;
        self
    }
}

impl From<Turn> for Commit {
    fn from(Turn(turn): Turn) -> Self {
        Self::Turn(Box::new(turn))
    }
}
