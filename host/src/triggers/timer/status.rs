//! What others see of the timers of this host.

use std::{collections::HashMap, iter, sync::Arc};

use durable_core::store::StoreError;
use fnhost_protocol::{
    json::JsonText,
    time::Timestamp,
    timer::{ScheduleStatus, TimerCall},
};

use super::{record::Record, shared::Shared, slot::source};

/// How many of the next times are shown.
const NEXT: usize = 5;

/// The timers of a running host. Cheap to clone.
#[derive(Clone)]
pub struct Timers(pub(super) Arc<Shared>);

impl std::fmt::Debug for Timers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Timers").finish_non_exhaustive()
    }
}

/// One timer as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimerState {
    /// The function.
    pub function: String,
    /// Its schedule, as it was written.
    pub schedule: String,
    /// The name of its time zone.
    pub zone: String,
    /// What is on record; `None` when it keeps no record.
    pub status: Option<ScheduleStatus>,
    /// The next times, in UTC and as clocks of its zone show them.
    pub next: Vec<(Timestamp, String)>,
}

impl Timers {
    /// All timers that are switched on, by name, or the one of this name.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn list(&self, only: Option<&str>) -> Result<Vec<TimerState>, StoreError> {
        let is_wanted = |name: &&Arc<str>| only.is_none_or(|only| only.eq_ignore_ascii_case(name));
        let mut names: Vec<&Arc<str>> = self.0.names().filter(is_wanted).collect();
        names.sort();
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let states = self.0.store.source_states(names.iter().map(|name| source(name)).collect()).await?;
        let states: HashMap<String, JsonText> = states.into_iter().collect();
        let now = self.0.clock.now();
        let mut listed = Vec::new();
        for name in names {
            let (Some(function), Some(terms)) = (self.0.function(name), self.0.terms(name)) else { continue };
            let status = states.get(&source(name)).and_then(Record::read).map(|record| record.status());
            let next = iter::successors(terms.next_after(now), |last| terms.next_after(*last));
            listed.push(TimerState {
                function: function.name().to_string(),
                schedule: terms.timer.schedule.text().to_owned(),
                zone: terms.timer.zone.name().to_owned(),
                status: terms.timer.is_monitored().then(|| status.unwrap_or_default()),
                next: next.take(NEXT).map(|at| (at, terms.timer.zone.show(at))).collect(),
            });
        }
        Ok(listed)
    }

    /// What a function is told that is called by hand: now is its time.
    pub async fn call_by_hand(&self, function: &str) -> TimerCall {
        let status = match self.list(Some(function)).await {
            Ok(listed) => listed.into_iter().next().and_then(|timer| timer.status),
            Err(error) => {
                tracing::warn!(%error, "the status of the timer `{function}` cannot be read");
                None
            }
        };
        TimerCall { slot: self.0.clock.now(), is_past_due: false, schedule_status: status, attempt: 1 }
    }

    /// Whether nothing is to be done at the time that the clock shows.
    pub fn is_settled(&self) -> bool {
        self.0.is_settled()
    }

    /// Completes as soon as nothing is to be done at the time that the clock shows.
    pub async fn settled(&self) {
        self.0.settled().await;
    }
}
