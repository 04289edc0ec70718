//! One container that is watched, with all functions that wait for blobs in it.

use std::{
    collections::HashSet,
    sync::Arc,
    time::{Duration, SystemTime},
};

use durable_core::{
    clock::Clock,
    store::{Occurrences, StoreError},
};
use fnhost_protocol::{
    blob::{BlobError, BlobPath},
    time::Timestamp,
};
use futures_util::{StreamExt as _, stream};

use super::{reconcile::is_settled, source::Source};
use crate::{
    blobs::{BlobStore, LONGEST_NAME},
    triggers::dispatch::{Dispatcher, Offered},
};

/// So many blobs are asked for at once.
const AT_ONCE: usize = 16;

/// Why something could not be brought on record. It is tried again: nothing is lost, because scans find it.
#[derive(Debug, thiserror::Error)]
pub(super) enum Trouble {
    #[error(transparent)]
    Blobs(#[from] BlobError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A container, and what is done with what is in it.
pub(super) struct Place {
    pub(super) store: Arc<dyn BlobStore>,
    pub(super) connection: Arc<str>,
    pub(super) container: String,
    pub(super) sources: Vec<Arc<Source>>,
    pub(super) occurrences: Arc<dyn Occurrences>,
    pub(super) dispatcher: Dispatcher,
    pub(super) clock: Arc<dyn Clock>,
    /// How often the container is scanned although it is watched.
    pub(super) reconcile_interval: Duration,
    /// How often it is scanned when it cannot be watched.
    pub(super) scan_interval: Duration,
}

impl Place {
    /// What every name begins with that any of the functions waits for.
    pub(super) fn prefix(&self) -> String {
        let mut prefixes = self.sources.iter().map(|source| source.pattern.prefix());
        let first = prefixes.next().unwrap_or_default().to_owned();
        prefixes.fold(first, |common, other| {
            let same = common.chars().zip(other.chars()).take_while(|(a, b)| a == b);
            same.map(|(character, _)| character).collect()
        })
    }

    /// Whether any function waits for blobs of this name.
    pub(super) fn concerns(&self, name: &str) -> bool {
        // No blob can be called so, and not every database keeps it.
        !name.contains('\0')
            && name.len() <= LONGEST_NAME
            && !self.store.passes_over(name)
            && self.sources.iter().any(|source| source.pattern.matches(name))
    }

    /// Looks at these blobs and brings on record what is new; how many versions were. Those that are gone are none, and
    /// unless somebody has `told` that they are complete, those that are still written to.
    pub(super) async fn look_at(&self, names: Vec<String>, told: bool) -> Result<usize, Trouble> {
        let names: HashSet<String> = names.into_iter().filter(|name| self.concerns(name)).collect();
        let mut found = stream::iter(names)
            .map(|name| async {
                let at = BlobPath {
                    connection: self.connection.clone(),
                    container: self.container.clone(),
                    name: name.clone(),
                };
                self.store.properties(at).await.map(|found| (name, found))
            })
            .buffer_unordered(AT_ONCE);
        let mut there = Vec::new();
        while let Some(looked) = found.next().await {
            let (name, Some(properties)) = looked? else { continue };
            if told || is_settled(&properties, self.store.settle(), Timestamp::from(SystemTime::now())) {
                there.push((name, properties.version));
            }
        }
        let mut new = 0;
        for source in &self.sources {
            new += self.offer(source, there.iter().filter(|(name, _)| source.pattern.matches(name))).await?;
        }
        Ok(new)
    }

    /// Brings versions on record for one function; how many were new.
    pub(super) async fn offer<'n>(
        &self,
        source: &Source,
        versions: impl Iterator<Item = &'n (String, String)>,
    ) -> Result<usize, StoreError> {
        let now = self.clock.now();
        let offered = versions.map(|(name, version)| source.occurrence(name, version, now)).collect();
        let answers = self.dispatcher.offer(offered).await?;
        Ok(answers.into_iter().filter(|answer| *answer == Offered::New).count())
    }
}
