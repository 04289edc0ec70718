//! Everything that the machine is told and everything that it asks for.

use std::{ops::Range, sync::Arc};

use fnhost_protocol::{
    client::Due,
    entity::{EntityBatch, EntityOutcome},
    failure::Failure,
    history::{EventKind, HistoryEvent, Parent},
    ids::{EntityId, InstanceId},
    json::JsonText,
    status::{InstanceStatus, RuntimeStatus},
    time::Timestamp,
    turn::{Turn, TurnOutcome},
};

use durable_core::{
    lock::SectionRef,
    message::Message,
    model::{HostLease, InstanceKey, LeasedTask, Loaded, MessageId, TaskRef, TimerRow},
    store::{
        ClaimRequest, Claimed, ClientReply, Commit, CommitOutcome, FinishedQuery, Found, FoundInstance,
        InstanceVersion, News, RemovedEntities, Scheduled, TimerCursor,
    },
};

use super::Suspect;

/// Names a client call that waits for its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReplyId(pub u64);

/// An orchestration to start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartInput {
    /// Its id.
    pub id: InstanceId,
    /// The orchestrator function, in its registered spelling.
    pub name: String,
    /// Its input.
    pub input: JsonText,
}

/// To whom a client's message goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recipient {
    /// An orchestration that must exist and be alive.
    Orchestration(InstanceId),
    /// An entity, created when absent.
    Entity(EntityId),
    /// An entity, at a time.
    EntityLater(EntityId, Due),
}

/// What the machine is told.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "moved a few times; boxing would cost an allocation per input")]
pub enum Input {
    /// A client starts an orchestration.
    Start {
        /// What.
        start: StartInput,
        /// Who waits for the answer.
        reply: ReplyId,
        /// Who waits for it to finish, once it is started.
        finished: Option<ReplyId>,
    },
    /// A client sends a message.
    Send {
        /// To whom.
        target: Recipient,
        /// What.
        message: Message,
        /// Who waits for the answer.
        reply: ReplyId,
    },
    /// A client purges an instance.
    Purge {
        /// Which.
        id: InstanceId,
        /// Only as it was found, when it was looked for.
        only: Option<InstanceVersion>,
        /// Who waits for the answer.
        reply: ReplyId,
    },
    /// A client calls an entity and waits for its answer.
    Call {
        /// The entity.
        entity: EntityId,
        /// Operation name.
        operation: String,
        /// Operation input.
        input: JsonText,
        /// Who waits.
        reply: ReplyId,
    },
    /// A client removes entities that are nothing but a row.
    RemoveEmptyEntities {
        /// Those after this one.
        after: Option<InstanceId>,
        /// At most so many.
        limit: u32,
        /// Who waits for the answer.
        reply: ReplyId,
    },
    /// They are removed, or not.
    EmptyEntitiesRemoved {
        /// How many; or what the store said.
        removed: Result<RemovedEntities, String>,
        /// Who waits for the answer.
        reply: ReplyId,
    },
    /// A client waits for an instance to finish.
    Wait {
        /// Which.
        id: InstanceId,
        /// Who waits.
        reply: ReplyId,
    },
    /// A client waits no more.
    StopWaiting {
        /// For which.
        id: InstanceId,
        /// Who waited.
        reply: ReplyId,
    },
    /// An instance was read; `None` when it is gone.
    Loaded {
        /// Which.
        key: InstanceKey,
        /// What the store has.
        loaded: Option<Box<Loaded>>,
    },
    /// An instance or its history could not be read; it is tried again at the next sweep.
    LoadFailed {
        /// Which.
        key: InstanceKey,
    },
    /// The history that a turn needs was read.
    HistoryRead {
        /// Of which instance.
        key: InstanceKey,
        /// All events of its execution.
        history: Arc<[HistoryEvent]>,
    },
    /// A turn's code ran.
    TurnRan {
        /// Of which instance.
        key: InstanceKey,
        /// What it asks for.
        outcome: Result<TurnOutcome, Failure>,
    },
    /// An entity's operations ran.
    BatchRan {
        /// Of which instance.
        key: InstanceKey,
        /// What they led to.
        outcome: Result<EntityOutcome, Failure>,
    },
    /// An activity finished.
    TaskRan {
        /// Which call.
        task: TaskRef,
        /// `TaskCompleted` or `TaskFailed`.
        event: EventKind,
    },
    /// Of the activities asked for, these have lost their row: their execution is over.
    TasksPointless(Vec<TaskRef>),
    /// A batch was written.
    Committed {
        /// Its items.
        items: Vec<(Ticket, Commit)>,
        /// What became of each.
        outcomes: Vec<CommitOutcome>,
    },
    /// It is not known whether these items were written.
    CommitLost {
        /// The items.
        items: Vec<(Ticket, Commit)>,
        /// What the store said.
        why: String,
    },
    /// The store refuses an item for good; nothing of it was written.
    CommitRefused {
        /// Whom it concerns: a client, or a start with its first turn.
        ticket: Ticket,
        /// The item.
        commit: Commit,
        /// What the store said.
        why: String,
    },
    /// Keys are reserved.
    KeysReserved(Range<i64>),
    /// Work was claimed.
    Claimed {
        /// What.
        claimed: Claimed,
        /// What was asked for.
        request: ClaimRequest,
    },
    /// Nothing is known to have been claimed.
    ClaimFailed {
        /// What was asked for.
        request: ClaimRequest,
        /// Whether work may have been claimed all the same.
        unknown: bool,
    },
    /// All activities that are leased to this host were listed.
    LeasesFound(Vec<TaskRef>),
    /// Activities were given back.
    Released {
        /// Which.
        calls: Vec<TaskRef>,
        /// Whether they were: otherwise they are given back again at the next sweep.
        done: bool,
    },
    /// A page of waiting timers was read; an empty one is the end.
    TimersRead(Vec<TimerRow>),
    /// A page of timers was read that nobody has fired in time.
    OverdueRead {
        /// They.
        rows: Vec<TimerRow>,
        /// Whether there may be more behind them.
        more: bool,
    },
    /// The hosts that share the store tell each other something.
    Heard(News),
    /// Messages for instances of this host were listed.
    UnreadFound(Vec<(InstanceKey, MessageId)>),
    /// The inbox of an instance was read.
    InboxRead {
        /// Which.
        key: InstanceKey,
        /// What the store has; `None` when it could not be read or is gone.
        loaded: Option<Box<Loaded>>,
    },
    /// Of the instances asked for, these have finished or are gone.
    FinishedFound(Vec<InstanceId>),
    /// Whose the id is that a repeated start found taken.
    StartFound {
        /// Who waits for the answer.
        reply: ReplyId,
        /// The id.
        id: InstanceId,
        /// The key that the start gave its instance.
        key: InstanceKey,
        /// What the store has under that id, or why it could not be read.
        found: Result<Option<(InstanceKey, RuntimeStatus)>, String>,
    },
    /// What was scheduled and is due was read.
    ScheduledRead(Scheduled),
    /// Of entities that are locked for others: those whose holder is gone, with the section that holds them.
    HoldersGone(Vec<(InstanceKey, SectionRef)>),
    /// Answers that other hosts have left for clients of this one.
    RepliesTaken(Vec<ClientReply>),
    /// Instances that are finished for long; `None` when they could not be listed.
    ExpiredFound(Option<Vec<FoundInstance>>),
    /// What was to be put on trial is, in the store.
    TrialRecorded,
    /// The lease of this host is over, or cannot be trusted any more: nothing that was under way counts. What comes
    /// back of it must not be told to the machine.
    LeaseLost,
    /// This host has a lease again, under a new epoch.
    Registered(HostLease),
    /// Time to take over what lives before this one have left.
    Recover,
    /// Time to look for work that nobody announced.
    Sweep,
    /// Begin nothing new.
    Drain,
}

/// Whom the outcome of a commit concerns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ticket {
    /// The instance's slot; with a reply when a client's start shares the commit.
    Turn(Option<ReplyId>),
    /// A client.
    Client(ReplyId),
    /// A client that waits for the answer to an operation.
    Call(ReplyId),
    /// Nobody but the bookkeeping.
    TaskResult,
    /// Nobody: a scheduled message.
    Delivery,
    /// Nobody: an instance is removed because it is finished for long.
    Retention,
}

/// What the machine asks for.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "moved a few times; boxing would cost an allocation per effect"
)]
pub enum Effect {
    /// Write this; soon, together with others.
    Commit(Ticket, Commit),
    /// Read an instance.
    Load(InstanceKey),
    /// Read the history of an execution.
    ReadHistory(InstanceKey, u32),
    /// Run an orchestrator.
    RunTurn(InstanceKey, Turn),
    /// Run operations on an entity.
    RunBatch(InstanceKey, EntityBatch),
    /// Run an activity.
    RunTask(LeasedTask),
    /// End these activities; nobody waits for them and their ends are not reported.
    StopTasks(Vec<TaskRef>),
    /// Give leased activities back, unstarted.
    ReleaseTasks(Vec<TaskRef>),
    /// Read all waiting timers.
    ReadTimers,
    /// Read the scheduled messages that are due at this time, a page of them.
    ReadScheduled(Timestamp),
    /// Find out which of these holders of entities are gone.
    FindHolders(Vec<(InstanceKey, Parent)>),
    /// Take the answers that other hosts have left for clients of this one.
    TakeReplies,
    /// Remove entities that are nothing but a row.
    RemoveEmptyEntities {
        /// Those after this one.
        after: Option<InstanceId>,
        /// At most so many.
        limit: u32,
        /// Who waits for the answer.
        reply: ReplyId,
    },
    /// Reserve instance keys.
    ReserveKeys(u32),
    /// Take work that nobody has.
    Claim(ClaimRequest),
    /// List all activities that are leased to this host.
    FindLeases,
    /// Read timers that are due at `until` and that this host may fire, after a cursor.
    ReadOverdue {
        /// Only those that fire no later.
        until: Timestamp,
        /// Where the page before ended.
        after: Option<TimerCursor>,
    },
    /// Tell the other hosts.
    Announce(News),
    /// List messages for instances of this host.
    FindUnread,
    /// Read an instance for the sake of its inbox.
    ReadInbox(InstanceKey),
    /// Find out which of these have finished.
    FindFinished(Vec<InstanceId>),
    /// Look for instances that are finished for long.
    FindExpired(FinishedQuery),
    /// Find out which of these activities nobody waits for.
    FindPointless(Vec<TaskRef>),
    /// Find out whose an id is that a repeated start found taken.
    FindStart {
        /// Who waits for the answer.
        reply: ReplyId,
        /// The id.
        id: InstanceId,
        /// The key that the start gave its instance.
        key: InstanceKey,
    },
    /// Tell people that an instance is suspended because its code does not follow its history.
    Suspended(InstanceId, Failure),
    /// Record that these are on trial, and nothing else; with nobody in it, that nothing is.
    SetTrial(Vec<Suspect>),
    /// Tell whoever operates this host that this fails instead of being run again.
    Condemned(Suspect),
    /// Answer a client.
    Reply(ReplyId, Reply),
}

/// The answer to a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// It is committed.
    Done,
    /// The id to start with is taken.
    Taken(RuntimeStatus),
    /// The target's state forbids it.
    Refused(Found),
    /// The instance waited for has finished; its status without its input, where it is known.
    Finished(Option<Box<InstanceStatus>>),
    /// What an entity answered, or why its operation failed.
    Answered(Result<JsonText, Failure>),
    /// So many empty entities are removed.
    Removed(RemovedEntities),
    /// It was not committed.
    Failed(String),
    /// It may or may not have been committed.
    Unknown(String),
}
