//! What the service and the runner know together of the timers of this host.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use durable_core::{clock::Clock, store::Occurrences};
use fnhost_protocol::time::Timestamp;
use tokio::sync::watch;

use super::{
    agenda::Agenda,
    plan::{Run, Terms},
    record::Record,
};
use crate::app::{AppGeneration, Function, TimerTrigger};

/// How far the service is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// It has not planned yet.
    Preparing,
    /// It waits for times, and serves them.
    Running,
    /// It offers nothing any more.
    Stopped,
}

/// What is known of one timer.
#[derive(Debug, Default)]
pub(super) struct Memory {
    /// As it was last read or written by this host.
    pub(super) record: Option<Record>,
    /// Whether another host may have written since.
    pub(super) is_stale: bool,
    /// Whether a run of it is under way on this host.
    pub(super) is_running: bool,
    /// When the last run on this host ended.
    pub(super) ended: Option<Timestamp>,
    /// Runs on this host.
    pub(super) runs: u64,
}

#[derive(Debug)]
pub(super) struct State {
    pub(super) stage: Stage,
    pub(super) agenda: Agenda,
    /// By name in lower case.
    pub(super) timers: HashMap<Arc<str>, Memory>,
    /// Runs that could not be offered, because the store was out of reach.
    pub(super) unoffered: Vec<(Arc<str>, Run)>,
    /// Whether times that have come are being offered.
    pub(super) is_busy: bool,
    /// What the clock showed last.
    pub(super) seen: Timestamp,
}

/// Held by the service, the runner and all handles.
pub(super) struct Shared {
    /// The functions that timers start and that are switched on, by name in lower case: there may be thousands.
    timers: HashMap<Arc<str>, Arc<Function>>,
    /// Most runs of one timer that make up for missed ones.
    most: usize,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) store: Arc<dyn Occurrences>,
    state: Mutex<State>,
    /// Tells those who wait until nothing is to be done.
    changed: watch::Sender<()>,
}

impl Shared {
    pub(super) fn new(app: &AppGeneration, clock: Arc<dyn Clock>, store: Arc<dyn Occurrences>) -> Self {
        let is_timer =
            |function: &&Arc<Function>| function.trigger().as_timer().is_some() && !function.is_disabled();
        let timers = app.functions().iter().filter(is_timer);
        let timers = timers.map(|function| (function.name().to_ascii_lowercase().into(), function.clone()));
        let most = app.config().timers().max_missed_runs();
        let state = State {
            stage: Stage::Preparing,
            agenda: Agenda::default(),
            timers: HashMap::new(),
            unoffered: Vec::new(),
            is_busy: false,
            seen: Timestamp::EPOCH,
        };
        Self {
            timers: timers.collect(),
            most,
            clock,
            store,
            state: Mutex::new(state),
            changed: watch::Sender::new(()),
        }
    }

    /// Never held over an `await`; whole even if a holder panicked.
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells that the state is another than before.
    pub(super) fn tell(&self) {
        self.changed.send_replace(());
    }

    /// The function of this name, in lower case, if a timer starts it.
    pub(super) fn function(&self, name: &str) -> Option<&Arc<Function>> {
        self.timers.get(name)
    }

    /// The names of all timers, in lower case.
    pub(super) fn names(&self) -> impl Iterator<Item = &Arc<str>> {
        self.timers.keys()
    }

    /// The timer of this name, in lower case, with what decides about it.
    pub(super) fn terms(&self, name: &str) -> Option<Terms<'_>> {
        self.function(name)?.trigger().as_timer().map(|timer| self.terms_of(timer))
    }

    /// What decides about a timer.
    pub(super) fn terms_of<'a>(&self, timer: &'a TimerTrigger) -> Terms<'a> {
        Terms { timer, most: self.most }
    }

    /// Whether nothing is to be done at the time that the clock shows.
    pub(super) fn is_settled(&self) -> bool {
        let now = self.clock.now();
        let state = self.state();
        match state.stage {
            Stage::Preparing => false,
            Stage::Stopped => true,
            Stage::Running => {
                !state.is_busy
                    && state.unoffered.is_empty()
                    && state.agenda.next().is_none_or(|next| next > now)
            }
        }
    }

    /// Completes as soon as nothing is to be done.
    pub(super) async fn settled(&self) {
        let mut changes = self.changed.subscribe();
        while !self.is_settled() {
            if changes.changed().await.is_err() {
                return;
            }
        }
    }
}
