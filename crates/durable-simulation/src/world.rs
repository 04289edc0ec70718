//! What all parts of one simulation share: the database, chance, the auditor, the log.

use std::{
    fmt::Debug,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use durable_core::store::Store;
use durable_engine::Client;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use crate::{
    audit::{Audit, Invariant, Violation},
    plan::{Faults, Plan},
    planted::Bug,
    random::Random,
    store::Late,
    time::WorldClock,
    trace::{Told, Trace},
};

/// Stands for a host where there is none.
pub(crate) const OUTSIDE: usize = usize::MAX;

/// One simulation's shared part. Everything runs on one thread; the lock is there because stores and executors must
/// be fit for many.
pub(crate) struct World {
    pub(crate) plan: Plan,
    pub(crate) clock: WorldClock,
    /// What is wrong with this world on purpose.
    pub(crate) bug: Option<Bug>,
    state: Mutex<State>,
}

pub(crate) struct State {
    pub(crate) random: Random,
    /// What may go wrong now.
    pub(crate) faults: Faults,
    pub(crate) audit: Audit,
    /// How many things happened: while nothing does, time may go in longer steps.
    pub(crate) activity: u64,
    /// Commits that nobody waits for any more.
    pub(crate) late: Late,
    /// Items that the database refuses, by what they are about, and until when.
    pub(crate) cursed: Vec<(String, Duration)>,
    /// Hosts that their own code has taken down.
    pub(crate) struck: Vec<usize>,
    /// How clients reach hosts that are up.
    pub(crate) doors: Vec<Option<Door>>,
    /// How many calls clients have made.
    pub(crate) calls: u64,
    trace: Trace,
}

/// Where calls of clients come into a host.
#[derive(Clone)]
pub(crate) struct Door {
    pub(crate) client: Client,
    /// A call is made inside of the host, like a request that it has received.
    pub(crate) runtime: Handle,
    /// Ends every call that is under way, in the order in which they were made.
    pub(crate) closed: CancellationToken,
}

impl World {
    pub(crate) fn new(
        plan: Plan,
        random: Random,
        clock: WorldClock,
        store: Box<dyn Store>,
        bug: Option<Bug>,
        told: Told,
    ) -> Self {
        let state = State {
            random,
            faults: plan.faults.clone(),
            audit: Audit::new(store, &plan),
            activity: 0,
            late: Late::default(),
            cursed: Vec::new(),
            struck: Vec::new(),
            doors: vec![None; plan.hosts],
            calls: 0,
            trace: Trace::new(told),
        };
        Self { plan, clock, bug, state: Mutex::new(state) }
    }

    /// Works on what is shared. Not to be called from within itself.
    pub(crate) fn with<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        work(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn audit<T>(&self, work: impl FnOnce(&mut Audit) -> T) -> T {
        self.with(|state| work(&mut state.audit))
    }

    pub(crate) fn broken(&self, invariant: Invariant, text: impl Into<String>) {
        self.audit(|audit| audit.broken(invariant, text));
    }

    pub(crate) fn violation(&self) -> Option<Violation> {
        self.audit(|audit| audit.violation().cloned())
    }

    /// Something happened.
    pub(crate) fn happened(&self, kind: &'static str, host: usize, text: impl FnOnce() -> String) {
        self.with(|state| state.activity += 1);
        self.noted(kind, host, text);
    }

    /// Something was done that is no reason to look more closely: a question that led to nothing.
    pub(crate) fn noted(&self, kind: &'static str, host: usize, text: impl FnOnce() -> String) {
        let now = self.clock.since_beginning();
        self.with(|state| state.trace.event(now, kind, host, text));
    }

    /// What was asked or answered, in full: for the digest, too long for the log.
    pub(crate) fn said(&self, what: &impl Debug) {
        self.with(|state| state.trace.detail(what));
    }

    /// A number that is the same whenever the same happened.
    pub(crate) fn digest(&self) -> u64 {
        self.with(|state| state.trace.digest())
    }

    pub(crate) fn take_log(&self) -> Vec<String> {
        self.with(|state| state.trace.take_log())
    }

    /// The number of a client's next call.
    pub(crate) fn next_call(&self) -> u64 {
        self.with(|state| {
            state.calls += 1;
            state.calls
        })
    }
}
