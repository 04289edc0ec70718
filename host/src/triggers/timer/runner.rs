//! Runs a slot that this host has been given: one call of the function, and what is to be written down of it.

use std::{sync::Arc, time::Duration};

use durable_core::store::{LeasedOccurrence, Prune};
use fnhost_protocol::{
    failure::{Failure, kind},
    invocation::TriggerData,
    time::Timestamp,
    timer::TimerCall,
};
use futures_util::future::BoxFuture;

use super::{
    plan::{Run, Terms, is_past_due},
    record::Record,
    records::Records,
    shared::Shared,
    slot::{function_of, key, run_of, source},
};
use crate::{
    app::Function,
    invoke::{Call, Invoker},
    telemetry::TraceContext,
    triggers::dispatch::{Runner, Verdict},
};

const REASON: &str = "Timer fired";

/// Slots are forgotten this long after their time; nobody offers them again by then.
const KEPT: Duration = Duration::from_secs(24 * 3_600);

/// Every so many runs of a timer old slots are forgotten, at most so many at once.
const RUNS_PER_PRUNE: u64 = 100;
const PRUNED_AT_ONCE: u32 = 10_000;

/// Runs slots of timers.
#[derive(Clone)]
pub(super) struct TimerRunner {
    pub(super) shared: Arc<Shared>,
    pub(super) invoker: Invoker,
    pub(super) records: Records,
    /// How often the host may die during one slot, beyond the attempts that its function is granted.
    pub(super) max_host_deaths: u32,
}

impl Runner for TimerRunner {
    fn run(&self, leased: LeasedOccurrence) -> BoxFuture<'static, Verdict> {
        let runner = self.clone();
        Box::pin(async move { runner.serve(leased).await })
    }
}

impl TimerRunner {
    async fn serve(self, leased: LeasedOccurrence) -> Verdict {
        let name: Arc<str> = function_of(&leased.occurrence.source).into();
        let found = (self.shared.function(&name), self.shared.terms(&name), run_of(&leased.occurrence));
        let (Some(function), Some(terms), Some(run)) = found else {
            tracing::warn!(
                function = &*name,
                "a time of the timer `{name}` is left out: it is there no more"
            );
            return Verdict::Drop;
        };
        let timer = terms.timer;
        if let Some(reason) = self.is_poison(function, leased.attempt) {
            tracing::error!(function = &*name, "{reason}");
            // The schedule goes on after it: what is missed later is made up for.
            self.write_down(&name, terms, run.slot, self.shared.clock.now()).await;
            return Verdict::Poison { reason };
        }
        let begun = self.shared.clock.now();
        let record = if timer.is_monitored() { self.record(&name).await } else { None };
        let ended = self.last_end(&name, run, record.as_ref());
        if leased.attempt == 1 && terms.is_swallowed(run, ended, begun) {
            tracing::debug!(function = &*name, "{} is left out: a run was under way then", run.slot);
            return Verdict::Drop;
        }
        let outcome = {
            let _running = Running::new(&self.shared, name.clone());
            self.call(function, timer.is_monitored(), run, record.as_ref(), leased.attempt, begun).await
        };
        if outcome.as_ref().is_err_and(|failure| failure.is_kind(kind::CANCELLED)) {
            // The host stops, and has cut it off: another one, or the next start, begins it again.
            return Verdict::Retry { after: Duration::ZERO };
        }
        let now = self.shared.clock.now();
        // When the first attempt began, as well as it is known.
        let since = if run.catches_up { begun } else { run.slot };
        if let Err(failure) = outcome
            && let Some(at) = self.next_attempt(function, terms, leased.attempt, &failure, since)
        {
            return Verdict::Retry { after: at.since(now) };
        }
        self.write_down(&name, terms, run.slot, now).await;
        self.forget_old_slots(&name, now).await;
        Verdict::Done
    }

    async fn call(
        &self,
        function: &Function,
        is_monitored: bool,
        run: Run,
        record: Option<&Record>,
        attempt: u32,
        now: Timestamp,
    ) -> Result<(), Failure> {
        let status = record.map(Record::status);
        let call = TimerCall {
            slot: run.slot,
            is_past_due: is_past_due(run, now),
            schedule_status: is_monitored.then(|| status.unwrap_or_default()),
            attempt,
        };
        let trigger = TriggerData::Timer(call);
        let call = Call { function, trigger, reason: REASON, trace: TraceContext::continuing(None) };
        self.invoker.invoke(call).await.map(drop)
    }

    /// When the last run ended, on this host or, by the record, on another: of a time before this one.
    fn last_end(&self, name: &str, run: Run, record: Option<&Record>) -> Option<Timestamp> {
        let here = self.shared.state().timers.get(name).and_then(|memory| memory.ended);
        let anywhere = record.filter(|record| record.last.is_some_and(|last| last < run.slot));
        here.max(anywhere.and_then(|record| record.last_updated))
    }

    /// When to try again. What comes after the next time of the schedule comes too late: that time has a run of its own.
    fn next_attempt(
        &self,
        function: &Function,
        terms: Terms<'_>,
        attempt: u32,
        failure: &Failure,
        began: Timestamp,
    ) -> Option<Timestamp> {
        let now = self.shared.clock.now();
        let at = function.retry()?.next_attempt(attempt, failure, began, now)?;
        if terms.next_after(now).is_some_and(|next| next <= at) {
            let name = function.name();
            tracing::warn!(
                function = &**name,
                "`{name}` is not tried again: the next time of its schedule comes first"
            );
            return None;
        }
        Some(at)
    }

    /// Why this slot is not to be run once more.
    fn is_poison(&self, function: &Function, attempt: u32) -> Option<String> {
        let granted = match function.retry() {
            Some(policy) => policy.max_attempts?,
            None => 1,
        };
        let most = granted.saturating_add(self.max_host_deaths);
        (attempt > most).then(|| {
            let name = function.name();
            format!(
                "the timer `{name}` is given up for this time: its run was begun {} times and never ended",
                attempt - 1
            )
        })
    }

    /// What is on record, read anew when another host may have written.
    async fn record(&self, name: &Arc<str>) -> Option<Record> {
        let known = {
            let state = self.shared.state();
            state.timers.get(name).filter(|memory| !memory.is_stale).map(|memory| memory.record.clone())
        };
        if let Some(record) = known {
            return record;
        }
        match self.shared.store.source_states(vec![source(name)]).await {
            Ok(states) => {
                let record = states.first().and_then(|(_, text)| Record::read(text));
                let mut state = self.shared.state();
                let memory = state.timers.entry(name.clone()).or_default();
                memory.record.clone_from(&record);
                memory.is_stale = false;
                record
            }
            Err(error) => {
                tracing::warn!(%error, function = &**name, "the status of the timer `{name}` cannot be read");
                None
            }
        }
    }

    async fn write_down(&self, name: &Arc<str>, terms: Terms<'_>, slot: Timestamp, now: Timestamp) {
        let Some(record) = terms.after_run(slot, now) else { return };
        // It is on record before the slot is done: who starts in between finds a slot that is known, or one that follows.
        if let Err(error) = self.records.write(source(name), record.to_json()).await {
            tracing::warn!(%error, function = &**name, "the status of the timer `{name}` cannot be written");
        }
        self.shared.state().timers.entry(name.clone()).or_default().record = Some(record);
    }

    async fn forget_old_slots(&self, name: &Arc<str>, now: Timestamp) {
        let is_time = {
            let mut state = self.shared.state();
            let memory = state.timers.entry(name.clone()).or_default();
            memory.runs += 1;
            memory.runs.is_multiple_of(RUNS_PER_PRUNE)
        };
        if !is_time {
            return;
        }
        let before = Prune::KeysBefore(key(now.saturating_sub(KEPT)));
        if let Err(error) = self.shared.store.prune(source(name), before, PRUNED_AT_ONCE).await {
            tracing::debug!(%error, function = &**name, "old times of the timer `{name}` are kept for now");
        }
    }
}

/// Marks that a run is under way, also of one that is dropped.
struct Running<'a> {
    shared: &'a Shared,
    name: Arc<str>,
}

impl<'a> Running<'a> {
    fn new(shared: &'a Shared, name: Arc<str>) -> Self {
        shared.state().timers.entry(name.clone()).or_default().is_running = true;
        Self { shared, name }
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        let now = self.shared.clock.now();
        let mut state = self.shared.state();
        let memory = state.timers.entry(self.name.clone()).or_default();
        memory.is_running = false;
        memory.ended = Some(now);
    }
}
