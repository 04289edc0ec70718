//! The part that waits: it plans when the host starts, and whenever a time has come.

use std::{collections::HashMap, io, sync::Arc, time::Duration};

use durable_core::{
    clock::Clock,
    store::{Occurrences, StoreError},
};
use fnhost_protocol::{json::JsonText, time::Timestamp};

use super::{
    plan::{Run, was_put_back},
    pump::{Bell, CronPump, HeldPump, Pump},
    record::Record,
    records::Records,
    runner::TimerRunner,
    shared::{Shared, Stage},
    slot::{self, PREFIX},
    status::Timers,
};
use crate::{
    app::AppGeneration,
    invoke::Invoker,
    shutdown::Shutdown,
    triggers::dispatch::{Dispatcher, Lane, Offered},
};

/// How long to wait before the store is asked again that was out of reach.
const PAUSE: Duration = Duration::from_secs(1);

/// What the trigger is made of.
pub struct TimerParts<'a> {
    /// The functions, and what the host file says of timers.
    pub app: &'a AppGeneration,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Whether that clock stands still until somebody turns it.
    pub is_held: bool,
    /// Where slots, and what is written down of timers, are kept.
    pub store: Arc<dyn Occurrences>,
    /// Runs functions.
    pub invoker: Invoker,
}

/// The listener of all timers of an app.
pub struct TimerTrigger {
    shared: Arc<Shared>,
    runner: Arc<TimerRunner>,
    pump: Arc<dyn Pump>,
    pub(super) bell: Bell,
    sweep: Option<Duration>,
    width: usize,
}

impl std::fmt::Debug for TimerTrigger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TimerTrigger").finish_non_exhaustive()
    }
}

impl TimerTrigger {
    /// Puts it together; nothing is planned before [`run`](Self::run).
    ///
    /// # Errors
    /// When the scheduler cannot start.
    pub async fn prepare(parts: TimerParts<'_>) -> io::Result<Self> {
        let TimerParts { app, clock, is_held, store, invoker } = parts;
        let shared = Arc::new(Shared::new(app, clock.clone(), store.clone()));
        let config = app.config();
        let runner = Arc::new(TimerRunner {
            shared: shared.clone(),
            invoker,
            records: Records::new(store),
            max_host_deaths: u32::try_from(config.durable().max_host_deaths()).unwrap_or(u32::MAX),
        });
        let bell = Bell::default();
        // A clock that is held wakes its sleepers itself, and apps without timers need no scheduler.
        let pump: Arc<dyn Pump> = if is_held || shared.names().next().is_none() {
            Arc::new(HeldPump::new(clock, bell.clone()))
        } else {
            Arc::new(CronPump::start(clock, bell.clone()).await.map_err(io::Error::other)?)
        };
        let sweep = config.timers().sweep_interval().filter(|_| !is_held);
        Ok(Self { shared, runner, pump, bell, sweep, width: config.timers().max_concurrent_runs() })
    }

    /// A handle for those who look.
    pub fn timers(&self) -> Timers {
        Timers(self.shared.clone())
    }

    /// What the dispatcher needs to run slots; `None` for an app without timers.
    pub fn lane(&self) -> Option<Lane> {
        let sources: Vec<String> = self.shared.names().map(|name| slot::source(name)).collect();
        let lane = Lane { prefix: PREFIX, sources, width: self.width, runner: self.runner.clone() };
        (!lane.sources.is_empty()).then_some(lane)
    }

    /// Offers slots as they come, until the host is told to stop. Those that were offered are the dispatcher's.
    pub async fn run(self, dispatcher: Dispatcher, shutdown: Shutdown) {
        let service = Service { trigger: &self, dispatcher };
        tokio::select! {
            biased;
            () = shutdown.graceful() => {}
            () = service.serve() => {}
        }
        self.shared.state().stage = Stage::Stopped;
        self.shared.tell();
        self.pump.stop().await;
    }
}

/// The trigger at work.
struct Service<'a> {
    trigger: &'a TimerTrigger,
    dispatcher: Dispatcher,
}

impl Service<'_> {
    async fn serve(&self) {
        while let Err(error) = self.begin().await {
            tracing::warn!(%error, "what is on record of timers cannot be read; trying again");
            tokio::time::sleep(PAUSE).await;
        }
        loop {
            let has_failed = !self.trigger.shared.state().unoffered.is_empty();
            let pause = if has_failed { Some(PAUSE) } else { self.trigger.sweep };
            tokio::select! {
                () = self.trigger.bell.notified() => {}
                () = sleep(pause) => {}
            }
            self.tick().await;
        }
    }

    /// Plans all timers from what is on record of them.
    async fn begin(&self) -> Result<(), StoreError> {
        let shared = &self.trigger.shared;
        let sources: Vec<String> = shared.names().map(|name| slot::source(name)).collect();
        let states: HashMap<String, JsonText> = match sources.is_empty() {
            true => HashMap::new(),
            false => shared.store.source_states(sources).await?.into_iter().collect(),
        };
        let now = shared.clock.now();
        let mut written = Vec::new();
        {
            let mut state = shared.state();
            state.seen = now;
            // What an earlier try has left: its records could not be written.
            state.unoffered.clear();
            for name in shared.names() {
                let Some(terms) = shared.terms(name) else { continue };
                let source = slot::source(name);
                let known = states.get(&source).and_then(Record::read);
                let plan = terms.at_start(known.as_ref(), now);
                written.extend(plan.record.as_ref().map(|record| (source, record.to_json())));
                state.timers.entry(name.clone()).or_default().record = plan.record.or(known);
                state.agenda.set(name, plan.next);
                state.unoffered.extend(plan.runs.into_iter().map(|run| (name.clone(), run)));
            }
        }
        if !written.is_empty() {
            shared.store.set_source_states(written).await?;
        }
        shared.state().stage = Stage::Running;
        self.tick().await;
        Ok(())
    }

    /// Offers what is due, and arms the pump for what is due next.
    async fn tick(&self) {
        let now = self.trigger.shared.clock.now();
        let (due, mut runs) = {
            let mut state = self.trigger.shared.state();
            if was_put_back(state.seen, now) {
                tracing::warn!(
                    "the clock was put back from {} to {now}: timers go by the new time",
                    state.seen
                );
                for name in self.trigger.shared.names() {
                    state.agenda.set(name, self.next_after(name, now));
                }
            }
            state.seen = now;
            let due = state.agenda.take_due(now);
            let runs = std::mem::take(&mut state.unoffered);
            state.is_busy = true;
            (due, runs)
        };
        runs.extend(due.iter().flat_map(|(name, slot)| self.runs_of(name, *slot, now)));
        // What is due has its run before the next time of each is reckoned.
        if !runs.is_empty() {
            self.offer(runs).await;
        }
        let first = {
            let mut state = self.trigger.shared.state();
            for (name, _) in &due {
                state.agenda.set(name, self.next_after(name, now));
            }
            state.agenda.next()
        };
        if let Some(first) = first {
            self.trigger.pump.arm(first);
        }
        // Only now: whoever turns the clock goes on when nothing is to be done, and must not pass by what is armed.
        self.trigger.shared.state().is_busy = false;
        self.trigger.shared.tell();
    }

    /// What a time that has come asks for. A run that is under way here has swallowed it.
    fn runs_of(&self, name: &Arc<str>, slot: Timestamp, now: Timestamp) -> Vec<(Arc<str>, Run)> {
        let shared = &self.trigger.shared;
        let is_running = shared.state().timers.get(name).is_some_and(|memory| memory.is_running);
        let terms = shared.terms(name).filter(|terms| !is_running || terms.queues());
        let runs = terms.map(|terms| terms.at_tick(slot, now));
        runs.into_iter().flatten().map(|run| (name.clone(), run)).collect()
    }

    async fn offer(&self, runs: Vec<(Arc<str>, Run)>) {
        let offered = runs.iter().map(|(name, run)| slot::occurrence(name, *run)).collect();
        match self.dispatcher.offer(offered).await {
            Ok(answers) => {
                let mut state = self.trigger.shared.state();
                for ((name, _), _) in runs.iter().zip(answers).filter(|(_, answer)| *answer == Offered::Known)
                {
                    // Another host runs it, or has run it, and writes down what comes of it.
                    state.timers.entry(name.clone()).or_default().is_stale = true;
                }
            }
            Err(error) => {
                tracing::warn!(%error, "{} times of timers cannot be recorded; trying again", runs.len());
                self.trigger.shared.state().unoffered.extend(runs);
            }
        }
    }

    fn next_after(&self, name: &str, now: Timestamp) -> Option<Timestamp> {
        self.trigger.shared.terms(name)?.next_after(now)
    }
}

/// Sleeps by the machine's clock; for ever when there is nothing to wait for.
async fn sleep(pause: Option<Duration>) {
    match pause {
        Some(pause) => tokio::time::sleep(pause).await,
        None => std::future::pending().await,
    }
}
