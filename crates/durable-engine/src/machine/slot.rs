//! One instance as the machine holds it.

use std::collections::{HashSet, VecDeque};

use durable_core::{
    lock::SectionRef,
    message::Message,
    model::{MessageId, NewInstance, TaskRef},
    state::{Begun, BegunBatch, Incoming, State},
    suspicion::Suspicion,
};

use super::{ReplyId, asking::Asking};

/// An instance with work, or one that was used lately.
#[derive(Debug)]
pub(super) struct Slot {
    /// As committed; absent while cold.
    pub(super) state: Option<State>,
    pub(super) phase: Phase,
    /// What waits for the next turn, in order.
    pub(super) pending: VecDeque<Incoming>,
    /// Messages that the last load brought. A load may see a message before its commit is reported here; the report
    /// must not add it again.
    pub(super) loaded: HashSet<MessageId>,
    /// Drawn anew whenever the state is (re)loaded; see [`fnhost_protocol::turn::Turn::session`].
    pub(super) session: u64,
    /// Whether the worker may still hold the code's state of exactly this session and turn.
    pub(super) warm: bool,
    /// The turn after which the worker may still hold the code's state, while the instance is read again.
    pub(super) warm_turn: Option<u64>,
    /// Activities of this instance that run here.
    pub(super) running_tasks: usize,
    /// Whether this host owns the instance, as far as it knows.
    pub(super) owned: bool,
    /// Of an entity at rest: whether everything that is pending waits for the end of a critical section.
    pub(super) blocked: bool,
    /// A section that holds the lock of this entity and is gone; noted until the inbox is read again.
    pub(super) holder_gone: Option<SectionRef>,
    /// A turn of which it is not known whether it was written.
    pub(super) lost: Option<LostTurn>,
    /// Whether its last turn was fenced.
    pub(super) fenced: bool,
    /// Messages that the turn under way consumes; known only where others may send some.
    pub(super) in_turn: Vec<MessageId>,
    /// Messages that were known when it began; likewise.
    pub(super) known: Vec<MessageId>,
    /// Whether its inbox is being read for messages of others.
    pub(super) reading_inbox: Asking,
    /// Messages that were consumed since that began.
    pub(super) consumed: HashSet<MessageId>,
    /// How many commits this host had asked for when it was last read.
    pub(super) read_at: u64,
    /// Whether its inbox may hold what nobody reported here: it is read again before it rests.
    pub(super) stale: bool,
    /// Whether the key stands in `runnable` or `unloaded`, or waits as a suspect.
    pub(super) queued: bool,
    /// What is counted against its next turn.
    pub(super) suspicion: Suspicion,
    /// Messages at the head of an entity's queue that were there when a host died with it.
    pub(super) suspected_messages: usize,
    /// Its place in the idle order, with the bytes counted for it.
    pub(super) idle: Option<(u64, usize)>,
    /// A start that shares its commit with the first turn.
    pub(super) birth: Option<Birth>,
    /// Whether it may show a custom status. What it shows is kept in the store alone.
    pub(super) shows: bool,
}

/// A start whose instance is created by its first turn's commit.
#[derive(Debug)]
pub(super) struct Birth {
    pub(super) instance: NewInstance,
    pub(super) reply: ReplyId,
}

/// What a turn has left behind if it was written.
#[derive(Debug)]
pub(super) struct LostTurn {
    /// Turns of the instance in that case, or more.
    pub(super) turn: u64,
    /// Activities that are leased to this host in that case, and that nobody runs.
    pub(super) leases: Vec<TaskRef>,
}

/// Where a slot stands.
#[derive(Debug)]
pub(super) enum Phase {
    /// Not in memory.
    Cold,
    /// Being read.
    Loading,
    /// In memory, nothing under way.
    Idle,
    /// A turn has begun and waits for history.
    ReadingHistory(Begun),
    /// Code runs.
    Running(Begun),
    /// Operations run.
    RunningBatch(BegunBatch),
    /// The turn is being written; this is the state after it, whether its code ran, and the results and timers that
    /// it took and its commit does not show.
    Committing { next: Box<State>, ran_code: bool, taken: Vec<Incoming> },
}

impl Slot {
    pub(super) fn cold() -> Self {
        Self {
            state: None,
            phase: Phase::Cold,
            pending: VecDeque::new(),
            loaded: HashSet::new(),
            session: 0,
            warm: false,
            warm_turn: None,
            running_tasks: 0,
            owned: false,
            blocked: false,
            holder_gone: None,
            lost: None,
            fenced: false,
            in_turn: Vec::new(),
            known: Vec::new(),
            reading_inbox: Asking::default(),
            consumed: HashSet::new(),
            read_at: 0,
            stale: false,
            queued: false,
            suspicion: Suspicion::NONE,
            suspected_messages: 0,
            idle: None,
            birth: None,
            shows: true,
        }
    }

    pub(super) fn with_state(state: State, session: u64) -> Self {
        Self { state: Some(state), phase: Phase::Idle, session, ..Self::cold() }
    }

    /// Adds what the store holds to what came meanwhile; both may hold the same message.
    pub(super) fn merge_inbox(&mut self, inbox: Vec<(MessageId, Message)>) {
        self.loaded = inbox.iter().map(|(id, _)| *id).collect();
        let stored = &self.loaded;
        let later = std::mem::take(&mut self.pending);
        self.pending = inbox.into_iter().map(|(id, message)| Incoming::Message(id, message)).collect();
        self.pending.extend(
            later.into_iter().filter(|one| !matches!(one, Incoming::Message(id, _) if stored.contains(id))),
        );
        // However many messages came before it: a turn takes only so many.
        let begins = |one: &Incoming| matches!(one, Incoming::Message(_, Message::ContinuedAsNew { .. }));
        if let Some(first) = self.pending.iter().position(begins).and_then(|at| self.pending.remove(at)) {
            self.pending.push_front(first);
        }
    }

    /// Takes something into the queue, unless the last load brought it already.
    pub(super) fn take(&mut self, one: Incoming) {
        match &one {
            Incoming::Message(id, _) if self.loaded.remove(id) => {}
            _ => self.pending.push_back(one),
        }
    }

    /// Roughly the bytes that it keeps while idle.
    pub(super) fn bytes(&self) -> usize {
        const ROW: usize = 700;
        const MESSAGE: usize = 400;
        let state = self.state.as_ref().and_then(|state| state.entity_state.as_ref());
        ROW + state.map_or(0, |state| state.len()) + self.pending.len() * MESSAGE
    }
}
