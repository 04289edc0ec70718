//! The loop of one container: watch first, then scan, then look at what comes.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use durable_core::store::StoreError;
use fnhost_protocol::{blob::BlobError, json::JsonText, time::Timestamp};
use futures_util::{StreamExt as _, stream::ReadyChunks};
use tokio::time::Instant;

use super::{
    forget::{GRACE, Listed},
    pace::Pace,
    place::{Place, Trouble},
    reconcile::{Found, Mode},
    source::Source,
};
use crate::{
    app::StartFrom,
    blobs::{Hint, Hints},
};

/// So many hints are taken together when they have gathered.
const HINTS: usize = 1_000;

/// What is unsettled is looked at again after the time that files settle in, and this much more.
const BEYOND_SETTLING: Duration = Duration::from_millis(20);

/// Watches one container until it is dropped.
pub(super) struct Watch {
    place: Arc<Place>,
    pace: Pace,
    hints: Option<ReadyChunks<Hints>>,
    began: Timestamp,
    /// Functions that begin with what is new and have not seen what is old yet.
    to_begin: Vec<Arc<Source>>,
    next_scan: Instant,
    /// Names that are looked at again, and when.
    unsettled: Vec<String>,
    look_again: Option<Instant>,
    forgot: Instant,
    failures: u32,
}

impl Watch {
    /// Begins to watch, so that nothing is missed between this and the first scan.
    pub(super) fn begin(place: Arc<Place>) -> Self {
        let began = Timestamp::from(SystemTime::now());
        let hints = place.store.watch(place.container.clone());
        let pace = match hints {
            Some(_) => Pace::watched(place.reconcile_interval),
            None => Pace::unwatched(place.scan_interval),
        };
        let new_only = place.sources.iter().filter(|source| source.start_from == StartFrom::New);
        Self {
            to_begin: new_only.cloned().collect(),
            pace,
            hints: hints.map(|hints| hints.ready_chunks(HINTS)),
            began,
            next_scan: Instant::now(),
            unsettled: Vec::new(),
            look_again: None,
            forgot: Instant::now(),
            failures: 0,
            place,
        }
    }

    pub(super) async fn run(mut self) {
        loop {
            let next = self.look_again.map_or(self.next_scan, |again| again.min(self.next_scan));
            let hints = async {
                match &mut self.hints {
                    Some(hints) => hints.next().await,
                    None => std::future::pending().await,
                }
            };
            let outcome = tokio::select! {
                hints = hints => match hints {
                    Some(hints) => self.hinted(hints).await,
                    // The store has stopped to tell: from now on it is scanned.
                    None => {
                        self.hints = None;
                        self.pace = Pace::unwatched(self.place.scan_interval);
                        Ok(())
                    }
                },
                () = tokio::time::sleep_until(next) => self.time_has_come().await,
            };
            match outcome {
                Ok(()) => {}
                Err(trouble) => self.failed(&trouble),
            }
        }
    }

    /// Whatever was missed, the next scan finds.
    fn failed(&mut self, trouble: &Trouble) {
        let container = &self.place.container;
        match trouble {
            _ if self.failures > 0 => {}
            // A folder, as in an app that has just been made: whoever writes the first blob makes it. Buckets are not made so.
            Trouble::Blobs(BlobError::NotFound { .. }) if self.hints.is_some() => {
                tracing::info!(container, "functions wait for the first blob: {trouble}");
            }
            _ => tracing::warn!(
                container,
                "blobs of container `{container}` cannot be looked at; trying again until it works: {trouble}"
            ),
        }
        self.next_scan = Instant::now() + self.pace.failed(self.failures, dice());
        self.failures += 1;
    }

    async fn hinted(&mut self, hints: Vec<Hint>) -> Result<(), Trouble> {
        let mut names = Vec::new();
        for hint in hints {
            match hint {
                Hint::Changed(name) => names.push(name),
                Hint::Rescan => self.next_scan = Instant::now(),
            }
        }
        self.place.look_at(names, true).await?;
        Ok(())
    }

    async fn time_has_come(&mut self) -> Result<(), Trouble> {
        let now = Instant::now();
        if self.look_again.is_some_and(|again| again <= now) {
            self.look_again = None;
            let names = std::mem::take(&mut self.unsettled);
            // One that is still written to is complete when its writer closes it, which the watch tells, or when a scan
            // finds it left alone.
            self.place.look_at(names, false).await?;
        }
        if self.next_scan <= now {
            self.scan().await?;
        }
        Ok(())
    }

    async fn scan(&mut self) -> Result<(), Trouble> {
        self.begin_new_ones().await?;
        let began = Instant::now();
        // Everything is on record by now of those that begin with what is new.
        let sources: Vec<&Source> = self.place.sources.iter().map(Arc::as_ref).collect();
        let mut listed = (self.forgot.elapsed() >= GRACE).then(Listed::default);
        let mut found = Found::default();
        self.place.reconcile(&sources, Mode::Offer, listed.as_mut(), &mut found).await?;
        if let Some(listed) = listed {
            self.place.forget(listed).await?;
            self.forgot = Instant::now();
        }
        if self.failures > 0 {
            tracing::info!(
                container = self.place.container,
                "container `{}` is scanned again",
                self.place.container
            );
            self.failures = 0;
        }
        let took = began.elapsed();
        tracing::debug!(
            container = self.place.container,
            "a scan of container `{}` saw {} blobs, {} versions of them new, in {} ms",
            self.place.container,
            found.seen,
            found.new,
            took.as_millis()
        );
        self.next_scan = Instant::now() + self.pace.scanned(found.new, took, dice());
        self.remember_unsettled(found);
        Ok(())
    }

    fn remember_unsettled(&mut self, found: Found) {
        let again = Instant::now() + self.place.store.settle() + BEYOND_SETTLING;
        if found.more_unsettled {
            self.next_scan = self.next_scan.min(again);
        }
        if !found.unsettled.is_empty() {
            self.unsettled = found.unsettled;
            self.look_again = Some(again);
        }
    }

    /// Puts on record what is old, for functions that begin with what is new and have never run on this task hub.
    async fn begin_new_ones(&mut self) -> Result<(), Trouble> {
        if self.to_begin.is_empty() {
            return Ok(());
        }
        let names = self.to_begin.iter().map(|source| source.name.clone()).collect();
        let begun = self.place.occurrences.source_states(names).await?;
        self.to_begin.retain(|source| begun.iter().all(|(name, _)| *name != source.name));
        if self.to_begin.is_empty() {
            return Ok(());
        }
        let sources: Vec<&Source> = self.to_begin.iter().map(Arc::as_ref).collect();
        let mut found = Found::default();
        match self.place.reconcile(&sources, Mode::Remember { since: self.began }, None, &mut found).await {
            // All that may be read was seen. To begin again with the next start would pass over what comes until then.
            Err(Trouble::Blobs(BlobError::Denied { .. })) if found.seen > 0 => {}
            other => other?,
        }
        self.write_down().await?;
        tracing::info!(
            container = self.place.container,
            "{} blobs that are in container `{}` already start nothing (startFrom = \"new\")",
            found.seen,
            self.place.container
        );
        self.to_begin.clear();
        Ok(())
    }

    async fn write_down(&mut self) -> Result<(), StoreError> {
        let state = JsonText::of(&serde_json::json!({ "startFrom": "new", "since": self.began }))
            .map_err(|error| StoreError::Permanent(error.to_string()))?;
        let states = self.to_begin.iter().map(|source| (source.name.clone(), state.clone()));
        self.place.occurrences.set_source_states(states.collect()).await
    }
}

fn dice() -> u8 {
    let mut byte = [0];
    // Without randomness containers may be scanned in step, which costs little.
    if getrandom::fill(&mut byte).is_err() {
        return 0;
    }
    byte[0]
}
