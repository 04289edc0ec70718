//! The auditor: it sees every call that reaches the store and everything that executors and clients do, keeps books of
//! its own, and says which invariant was broken first.
//!
//! Its books are as simple as can be. Whatever the engine and the store remember, they must never contradict them.

mod batches;
mod claims;
mod deliveries;
mod history;
mod instances;
mod operations;
mod runs;
mod scheduled;
mod sections;
mod trees;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use durable_core::{
    model::{HostLease, InstanceKey, TaskRef},
    store::Store,
};
use durable_engine::Retention;
use fnhost_protocol::{history::HistoryEvent, ids::InstanceId, time::Timestamp};

use instances::Instance;
pub(crate) use operations::addition_name;
pub(crate) use runs::Kind;

use crate::plan::Plan;

/// What must always hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Invariant {
    /// Nothing is written or taken under an epoch that is over.
    Epoch,
    /// An instance is written by its owner only, a task ended by who has leased it only.
    Owner,
    /// Turns of an instance are numbered without a gap and without a repetition.
    TurnNumber,
    /// A message stays in its inbox until one turn consumes it or its instance ends.
    Inbox,
    /// A history begins with a start, every completion has its schedule, nothing is in it twice.
    History,
    /// What code was shown is what is recorded.
    Shown,
    /// An acknowledged call of a client took effect, a refused one did not, none did twice.
    Acknowledged,
    /// An entity holds exactly what was added, in the order of each sender.
    Sums,
    /// Locks are granted all together, and nobody comes between what is done under them.
    Lock,
    /// What waits for its time arrives once, and not before.
    Scheduled,
    /// What is terminated with everything below it takes everything along.
    Tree,
    /// Nothing is removed before it was finished for long enough.
    Retention,
    /// What a program gives is known beforehand.
    Result,
    /// Never more turns or activities at once than the host was given slots.
    Slots,
    /// Attempts of an activity are counted one by one, and only those that began; tries under a policy come in their order
    /// and after their pauses.
    Attempts,
    /// When nothing goes wrong any more, everything comes to its end.
    Stuck,
    /// The store holds what was committed.
    Store,
    /// No part of a host panics.
    Panic,
}

/// A broken invariant.
#[derive(Debug, Clone)]
pub(crate) struct Violation {
    pub(crate) invariant: Invariant,
    pub(crate) text: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.invariant, self.text)
    }
}

/// What code was shown.
struct Shown {
    session: u64,
    /// How many turns came before.
    base: u64,
    events: Vec<HistoryEvent>,
}

/// The books.
pub(crate) struct Audit {
    /// To look at what is really there; never registers as a host.
    store: Box<dyn Store>,
    violation: Option<Violation>,
    /// Epochs that are not over, by host.
    leases: BTreeMap<i64, HostLease>,
    instances: BTreeMap<InstanceKey, Instance>,
    ids: BTreeMap<InstanceId, InstanceKey>,
    /// What each host has shown the code of an instance that is not answered yet. Two instances may have one id for a
    /// while, as one that is to be created has and the one that keeps it from being created.
    shown: BTreeMap<(usize, InstanceId), Vec<Shown>>,
    /// Ids that an instance has had that is gone.
    used_before: BTreeSet<InstanceId>,
    /// How often each call of a client took effect, by its name.
    effects: BTreeMap<String, u32>,
    /// Calls of clients that were refused.
    refused: BTreeSet<String>,
    /// How much was ever added at each entity.
    added: BTreeMap<InstanceId, u64>,
    /// Additions that wait for their time.
    scheduled: BTreeMap<String, Timestamp>,
    /// How long the finished are kept, where nobody else removes them.
    retention: Option<Retention>,
    /// The attempts of activities that have begun.
    attempts: BTreeSet<(TaskRef, u32)>,
    /// Turns, entity batches and activities that run, by host.
    running: BTreeMap<usize, runs::Running>,
    pub(crate) commits: u64,
    /// Turns that were written.
    pub(crate) turns: u64,
    pub(crate) runs: u64,
}

impl Audit {
    pub(crate) fn new(store: Box<dyn Store>, plan: &Plan) -> Self {
        Self {
            store,
            violation: None,
            leases: BTreeMap::new(),
            instances: BTreeMap::new(),
            ids: BTreeMap::new(),
            shown: BTreeMap::new(),
            used_before: BTreeSet::new(),
            effects: BTreeMap::new(),
            refused: BTreeSet::new(),
            added: BTreeMap::new(),
            scheduled: BTreeMap::new(),
            retention: plan.retention(),
            attempts: BTreeSet::new(),
            running: BTreeMap::new(),
            commits: 0,
            turns: 0,
            runs: 0,
        }
    }

    /// Notes that an invariant is broken. Only the first counts: others follow from it.
    pub(crate) fn broken(&mut self, invariant: Invariant, text: impl Into<String>) {
        self.violation.get_or_insert(Violation { invariant, text: text.into() });
    }

    pub(crate) fn violation(&self) -> Option<&Violation> {
        self.violation.as_ref()
    }

    fn holds(&mut self, invariant: Invariant, holds: bool, text: impl FnOnce() -> String) {
        if !holds && self.violation.is_none() {
            self.broken(invariant, text());
        }
    }

    fn by_id(&self, id: &InstanceId) -> Option<&Instance> {
        self.instances.get(self.ids.get(id)?)
    }
}
