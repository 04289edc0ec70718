//! All functions that blobs start, and what runs for them.

use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock},
    time::Duration,
};

use durable_core::{clock::Clock, store::Occurrences};
use tokio::task::JoinSet;

use super::{
    place::Place,
    runner::BlobRunner,
    source::{PREFIX, Source},
    watch::Watch,
};
use crate::{
    app::{Functions, Trigger},
    blobs::Blobs,
    config::Settings,
    invoke::Invoker,
    triggers::dispatch::{Dispatcher, Lane},
};

/// How blobs are looked for and run.
#[derive(Debug, Clone)]
pub struct Terms {
    /// So many run at once on this host.
    pub parallelism: usize,
    /// So many attempts at one version, then it is set aside.
    pub attempts: u32,
    /// The pause after the first failure; it doubles.
    pub retry_interval: Duration,
    /// How often a container is scanned that can be watched.
    pub reconcile_interval: Duration,
    /// How often one that cannot.
    pub scan_interval: Duration,
}

/// What the trigger works with.
pub struct Parts {
    /// The stores.
    pub blobs: Blobs,
    /// Where their connection strings stand.
    pub settings: Settings,
    /// Makes the calls.
    pub invoker: Invoker,
    /// What is on record.
    pub occurrences: Arc<dyn Occurrences>,
    /// By which retries wait.
    pub clock: Arc<dyn Clock>,
    /// How.
    pub terms: Terms,
}

/// The blob trigger of a host.
pub struct BlobTriggers {
    parts: Parts,
    sources: Vec<Arc<Source>>,
    /// By connection and container, once the dispatcher is there.
    places: OnceLock<Vec<Arc<Place>>>,
}

impl BlobTriggers {
    /// Of those functions that blobs start and that are not switched off.
    pub fn new(functions: &Functions, parts: Parts) -> Self {
        let sources = functions.iter().filter(|function| !function.is_disabled()).filter_map(|function| {
            let Trigger::Blob(trigger) = function.trigger() else { return None };
            Some(Arc::new(Source::of(function, trigger)))
        });
        Self { sources: sources.collect(), parts, places: OnceLock::new() }
    }

    /// The dispatcher's lane; `None` when no function is started by blobs.
    pub fn lane(&self) -> Option<Lane> {
        if self.sources.is_empty() {
            return None;
        }
        let runner = BlobRunner {
            sources: self.sources.clone(),
            blobs: Arc::new(self.parts.blobs.clone()),
            invoker: self.parts.invoker.clone(),
            attempts: self.parts.terms.attempts.max(1),
            pause: self.parts.terms.retry_interval,
        };
        Some(Lane {
            prefix: PREFIX,
            sources: self.sources.iter().map(|source| source.name.clone()).collect(),
            width: self.parts.terms.parallelism,
            runner: Arc::new(runner),
        })
    }

    /// Watches and scans until the returned tasks are dropped. What they find goes to the dispatcher, whose lane is this
    /// trigger's. To be called once.
    pub fn watch(&self, dispatcher: &Dispatcher) -> JoinSet<()> {
        let places = self.places.get_or_init(|| self.make_places(dispatcher));
        let mut tasks = JoinSet::new();
        for place in places {
            let place = place.clone();
            tasks.spawn(async move { Watch::begin(place).run().await });
        }
        tasks
    }

    fn make_places(&self, dispatcher: &Dispatcher) -> Vec<Arc<Place>> {
        let mut by_place: BTreeMap<(String, String), Vec<Arc<Source>>> = BTreeMap::new();
        for source in &self.sources {
            let key = (source.connection.to_lowercase(), source.pattern.container().to_owned());
            by_place.entry(key).or_default().push(source.clone());
        }
        let place = |((_, container), sources): ((String, String), Vec<Arc<Source>>)| {
            let connection = sources.first()?.connection.clone();
            let store = match self.parts.blobs.store(&connection) {
                Ok(store) => store,
                // Checked when the app was read, so this is a setting that has changed since.
                Err(error) => {
                    tracing::error!(%error, "container `{container}` is not watched");
                    return None;
                }
            };
            Some(Arc::new(Place {
                store,
                connection,
                container,
                sources,
                occurrences: self.parts.occurrences.clone(),
                dispatcher: dispatcher.clone(),
                clock: self.parts.clock.clone(),
                reconcile_interval: self.parts.terms.reconcile_interval,
                scan_interval: self.parts.terms.scan_interval,
            }))
        };
        by_place.into_iter().filter_map(place).collect()
    }

    /// The containers that are watched.
    pub(super) fn places(&self) -> &[Arc<Place>] {
        self.places.get().map_or(&[], Vec::as_slice)
    }

    pub(super) fn source_of(&self, function: &str) -> Option<&Source> {
        let found = self.sources.iter().find(|source| source.function.name().eq_ignore_ascii_case(function));
        found.map(Arc::as_ref)
    }

    pub(super) fn stores(&self) -> &Blobs {
        &self.parts.blobs
    }

    pub(super) fn connection_string(&self, name: &str) -> Option<&str> {
        self.parts.settings.connection(name)
    }
}

impl std::fmt::Debug for BlobTriggers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BlobTriggers").field("sources", &self.sources).finish_non_exhaustive()
    }
}
