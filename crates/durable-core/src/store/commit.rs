//! The shape of a commit: everything that one step changes, as data.
//!
//! Stages of a batch, in this order, all in one transaction. Within a stage items are applied in batch order.
//!
//! ```text
//! 1 fences    turns: epoch is current AND (owner is this host or nobody) AND turn is the expected one AND the inbox
//!             is as known;
//!             task results: the task row is leased to this host and epoch; deliveries: the scheduled message
//!             waits. Items that fail drop out whole. A task carries one result, and a scheduled message is
//!             delivered once: by the first item of the batch that names it.
//! 2 purges    the turn of a purged instance drops out as well
//! 3 turns     instance rows, consumed messages, finished tasks and timers, history; delivered messages wait no more
//! 4 creations instances of starts, of turns and of their messages; the message that begins an instance is put
//!             in with it, so that it comes first
//! 5 children  new tasks and timers of executions that go on, in instances that are still there
//! 6 messages  in batch order; a target that is missing or finished after stages 1–5 gets none; scheduled ones are
//!             put where they wait for their time; replies to other hosts. A task result whose execution ended in
//!             stage 3 is fenced.
//! ```

use fnhost_protocol::{
    failure::Failure,
    history::{HistoryEvent, TaskId},
    ids::InstanceId,
    json::JsonText,
    status::RuntimeStatus,
    time::Timestamp,
};

use crate::{
    lock::Lock,
    message::Message,
    model::{HostLease, InstanceKey, MessageId, NewInstance, TaskRef},
    store::{
        InstanceVersion,
        entities::{ClientReply, ScheduledMessage},
    },
};

/// What is written in one transaction. At most one [`TurnCommit`] per instance.
#[derive(Debug, Clone)]
pub struct Batch {
    /// Who writes: the fence of every item.
    pub lease: HostLease,
    /// The writer's time, for `updated_at` and the like.
    pub now: Timestamp,
    /// Independent items.
    pub commits: Vec<Commit>,
}

/// One independent item of a batch.
#[derive(Debug, Clone)]
pub enum Commit {
    /// A turn of an orchestration or a batch of operations of an entity.
    Turn(Box<TurnCommit>),
    /// The result of an activity, alone, to the inbox of its instance.
    TaskResult(TaskResultCommit),
    /// A new orchestration.
    Start(StartCommit),
    /// A message from outside.
    Send(SendCommit),
    /// A scheduled message whose time has come: it goes from where it waits into the inbox of its entity, which is
    /// created when it does not exist.
    Deliver(Box<ScheduledMessage>),
    /// Removal of a finished instance.
    Purge(PurgeCommit),
}

/// Everything that one turn changes.
#[derive(Debug, Clone)]
pub struct TurnCommit {
    /// The instance.
    pub key: InstanceKey,
    /// What must be true of it before.
    pub origin: TurnOrigin,
    /// Messages that this turn consumed; deleted.
    pub consumed: Vec<MessageId>,
    /// What the writer knows of the inbox that it consumes from, where others may put messages into it. Unless the inbox
    /// is so, the whole turn drops out: a message that came before another must not be taken after it, and none twice.
    /// `None` where it does not matter. A store that serves a single host need not look at it.
    pub inbox: Option<KnownInbox>,
    /// Activities whose results this turn carries; their rows, leased to this host, are deleted. Where one is
    /// not leased to this host any more, the whole turn drops out.
    pub tasks_done: Vec<TaskRef>,
    /// Timers that fired into this turn or were cancelled by it; deleted.
    pub timers_done: Vec<TaskRef>,
    /// Events to append as the run of this turn; may be empty (entities, a turn that only drops messages).
    pub history: Vec<HistoryEvent>,
    /// Whether the turn goes on with the execution, ends it or begins the next.
    pub execution: Execution,
    /// The row after this turn.
    pub update: InstanceUpdate,
    /// Activities to enqueue.
    pub tasks: Vec<NewTask>,
    /// Timers to create.
    pub timers: Vec<NewTimer>,
    /// Messages to others, in order.
    pub messages: Vec<OutMessage>,
    /// Answers to clients that wait. Those to the writer itself are not kept: it answers when this is committed.
    pub replies: Vec<ClientReply>,
}

/// The beginning of an inbox, as a turn knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownInbox {
    /// The last message that counts: the largest id that the turn consumes.
    pub upto: MessageId,
    /// How many messages there are with an id up to it, consumed by this turn or left where they are.
    pub count: u32,
}

/// What must be true of the instance before a turn.
#[derive(Debug, Clone)]
pub enum TurnOrigin {
    /// It exists, is owned by this host or nobody, and has had exactly so many turns.
    Existing {
        /// Turns so far.
        turn: u64,
    },
    /// It is created by this very commit (a start and its first turn in one). Occupied ids: as in
    /// [`StartCommit`].
    New {
        /// What to create.
        instance: NewInstance,
        /// See [`StartCommit::replace`].
        replace: bool,
    },
}

/// What becomes of the execution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Execution {
    /// It goes on.
    Continues,
    /// It is finished: all tasks, timers and inbox rows of the instance are deleted.
    Finished(Completion),
    /// The next execution begins: history, tasks and timers of this one are deleted, inbox rows stay, and the
    /// message that begins the next is put into the inbox (it is a `ContinuedAsNew`).
    ContinuedAsNew {
        /// Input of the next execution, shown in the status.
        input: JsonText,
        /// The message that begins it.
        message: Message,
    },
}

/// How an execution finished.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// Result, or the reason of a termination as a JSON string.
    pub output: Option<JsonText>,
    /// Why it failed.
    pub failure: Option<Failure>,
}

/// The instance row after a turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstanceUpdate {
    /// Turns after this one.
    pub turn: u64,
    /// Execution after this turn.
    pub generation: u32,
    /// Status after this turn.
    pub status: RuntimeStatus,
    /// History events of the execution after this turn.
    pub events: u64,
    /// Actions of the execution after this turn.
    pub actions: u64,
    /// Time of this turn.
    pub updated_at: Timestamp,
    /// New custom status, when it changed.
    pub custom_status: Option<JsonText>,
    /// What becomes of an entity's state.
    pub entity_state: EntityStateChange,
    /// Who owns the instance afterwards.
    pub ownership: Ownership,
    /// What it has locked, or whom it is locked for, after this turn.
    pub lock: Option<Lock>,
}

/// What becomes of an entity's state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntityStateChange {
    /// Nothing.
    Unchanged,
    /// A new state, or none at all.
    Set(Option<JsonText>),
}

/// Who owns an instance after a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ownership {
    /// This host: something of it is still runnable or running here.
    Keep,
    /// Nobody: whoever gets its next message runs it.
    Release,
}

/// An activity to enqueue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTask {
    /// Task number in the current execution.
    pub task: TaskId,
    /// Activity function.
    pub name: String,
    /// Its input.
    pub input: JsonText,
    /// See [`LeasedTask::policy_attempt`](crate::model::LeasedTask::policy_attempt).
    pub policy_attempt: u32,
    /// Whether this host takes it at once (leased to it as attempt 1); otherwise it waits unowned.
    pub lease: bool,
}

/// A timer to create.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewTimer {
    /// Task number in the current execution.
    pub task: TaskId,
    /// When it fires.
    pub fire_at: Timestamp,
}

/// A message to another instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutMessage {
    /// To whom.
    pub target: Target,
    /// What.
    pub message: Message,
}

/// To whom a message goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// An instance that must exist and be alive; otherwise the message is refused (from outside) or dropped
    /// (from a turn).
    Existing(InstanceId),
    /// An entity, which is created under this reserved key when it does not exist.
    Entity(NewInstance),
    /// An entity, at a time. Until a [`Commit::Deliver`] names it, the message waits under (time, reserved key) in a place
    /// of its own, whether or not there is such an entity.
    Scheduled {
        /// The entity.
        entity: NewInstance,
        /// Not before this time.
        due: Timestamp,
    },
    /// A sub-orchestration to create. When its id is taken by an instance that is not finished, nothing is
    /// created and `refusal`, if any, goes to the instance that asked; a finished one is replaced.
    Create {
        /// What to create.
        instance: NewInstance,
        /// What the asking instance gets when the id is taken; `None` when it does not wait.
        refusal: Option<Message>,
    },
}

/// An activity's result on its own: its instance is busy, elsewhere or suspended.
#[derive(Debug, Clone)]
pub struct TaskResultCommit {
    /// Which call; its row must be leased to this host and is deleted.
    pub task: TaskRef,
    /// The completion, for the inbox.
    pub message: Message,
}

/// A new orchestration whose first turn comes later.
///
/// Its key makes it repeatable: an id that is taken by an instance of this very key is [`CommitOutcome::Taken`], even
/// where another start would replace it.
#[derive(Debug, Clone)]
pub struct StartCommit {
    /// What to create.
    pub instance: NewInstance,
    /// Whether a live instance of that id is replaced too (`AnyState`); finished ones always are.
    pub replace: bool,
    /// The message that begins it.
    pub message: Message,
}

/// A message from outside.
#[derive(Debug, Clone)]
pub struct SendCommit {
    /// To whom; never [`Target::Create`].
    pub target: Target,
    /// What.
    pub message: Message,
}

/// Removal of a finished orchestration, or of an entity.
#[derive(Debug, Clone)]
pub struct PurgeCommit {
    /// Which.
    pub id: InstanceId,
    /// Only as it was when it was found: one that has got the id since, or has gone on, stays. `None`: whichever has
    /// the id.
    pub only: Option<InstanceVersion>,
}

/// What became of one item, in batch order. Nothing but `Done` variants changed anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CommitOutcome {
    /// The turn is committed.
    Turn(TurnDone),
    /// The result is in the inbox under this id.
    TaskResult(Delivery),
    /// The orchestration is created.
    Started(Delivery),
    /// The message is in the inbox.
    Sent(Delivery),
    /// The message waits for its time.
    Scheduled,
    /// The instance is removed.
    Purged,
    /// A turn or task result that is not this host's to write (any more), or a scheduled message that does not wait
    /// (any more).
    Fenced,
    /// A start whose id is taken.
    Taken(RuntimeStatus),
    /// A send or purge that the target's state forbids.
    Refused(Found),
}

/// What a turn's messages led to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TurnDone {
    /// One entry per [`OutMessage`], in order; `None` where there was nobody to deliver to, and for scheduled ones.
    pub deliveries: Vec<Option<Delivery>>,
    /// Refusals of creations: messages that the committing instance itself got into its inbox.
    pub refusals: Vec<(MessageId, Message)>,
    /// The message that begins the next execution, when it continued as new.
    pub continued: Option<MessageId>,
}

/// Where a message went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delivery {
    /// The instance that has it now.
    pub key: InstanceKey,
    /// Its place in the inbox.
    pub message: MessageId,
    /// Who runs that instance.
    pub to: DeliveredTo,
}

/// Who runs the instance that got a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveredTo {
    /// This host may: it owns the instance, or nobody does.
    Here,
    /// Another host owns it and is to be told.
    Elsewhere,
}

/// What was found where a message was to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// Nothing.
    Nothing,
    /// An instance in a state that forbids it.
    Status(RuntimeStatus),
}
