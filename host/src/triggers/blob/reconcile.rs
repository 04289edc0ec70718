//! One scan: everything that is in a container against what is on record.

use std::time::{Duration, SystemTime};

use durable_core::store::StoreError;
use fnhost_protocol::{
    blob::{BlobItem, BlobProperties},
    time::Timestamp,
};
use futures_util::TryStreamExt as _;

use super::{
    forget::{Listed, forget},
    place::{Place, Trouble},
    source::Source,
};

/// Files that are still written to are looked at again by name, up to so many; beyond that by another scan.
const MOST_UNSETTLED: usize = 10_000;

/// What a scan does with what is not on record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// Functions run for it.
    Offer,
    /// The first scan of functions that begin with what is new: what is older than the watch is put on record without a
    /// run. By the clock of a folder, which is the machine's; other stores list nothing of the future.
    Remember {
        /// When the watch began.
        since: Timestamp,
    },
}

impl Mode {
    /// Whether a version is there already for functions that begin with what is new. One that is still written to
    /// is another version when its writer is done.
    fn is_old(self, item: &BlobItem) -> bool {
        match self {
            Self::Offer => false,
            Self::Remember { since } => item.properties.last_modified.is_none_or(|time| time < since),
        }
    }
}

/// What a scan has found.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Versions that were new.
    pub(super) new: usize,
    /// Blobs in the container.
    pub(super) seen: u64,
    /// Names that are to be looked at again soon: they may still be written to.
    pub(super) unsettled: Vec<String>,
    /// Whether there were more of them.
    pub(super) more_unsettled: bool,
}

impl Place {
    /// Scans the container for these functions; `found` counts also what was found before an error. Memory does not grow with the number of blobs, except for what
    /// `listed` keeps.
    pub(super) async fn reconcile(
        &self,
        sources: &[&Source],
        mode: Mode,
        mut listed: Option<&mut Listed>,
        found: &mut Found,
    ) -> Result<(), Trouble> {
        let mut scan = self.store.scan(self.container.clone(), self.prefix());
        while let Some(group) = scan.try_next().await? {
            found.seen += group.len() as u64;
            if let Some(listed) = listed.as_deref_mut() {
                for item in &group {
                    listed.add(&format!("{}/{}", self.container, item.name), &item.properties.version);
                }
            }
            let settled = self.settled(group, mode, found);
            for source in sources {
                found.new += self.compare(source, mode, &settled).await?;
            }
        }
        Ok(())
    }

    /// What of a group concerns anybody and is complete, or need not be.
    fn settled(&self, group: Vec<BlobItem>, mode: Mode, found: &mut Found) -> Vec<BlobItem> {
        let settle = self.store.settle();
        let now = Timestamp::from(SystemTime::now());
        let mut settled = Vec::with_capacity(group.len());
        for item in group.into_iter().filter(|item| self.concerns(&item.name)) {
            if mode.is_old(&item) || is_settled(&item.properties, settle, now) {
                settled.push(item);
            } else if found.unsettled.len() < MOST_UNSETTLED {
                found.unsettled.push(item.name);
            } else {
                found.more_unsettled = true;
            }
        }
        settled
    }

    /// Brings on record what of a group is new to a function.
    async fn compare(&self, source: &Source, mode: Mode, items: &[BlobItem]) -> Result<usize, StoreError> {
        let matching = items.iter().filter(|item| source.pattern.matches(&item.name));
        let names: Vec<_> =
            matching.clone().map(|item| (source.key(&item.name), item.properties.version.clone())).collect();
        if names.is_empty() {
            return Ok(0);
        }
        let known = self.occurrences.known(source.name.clone(), names).await?;
        let new = matching.zip(known).filter(|(_, known)| !known).map(|(item, _)| item);
        let (old, new): (Vec<_>, Vec<_>) = new.partition(|item| mode.is_old(item));
        if !old.is_empty() {
            let old = old.into_iter().map(|item| (source.key(&item.name), item.properties.version.clone()));
            self.occurrences.remember(source.name.clone(), old.collect()).await?;
        }
        let new: Vec<_> =
            new.into_iter().map(|item| (item.name.clone(), item.properties.version.clone())).collect();
        self.offer(source, new.iter()).await
    }

    /// Forgets versions that are gone, after a scan that was complete.
    pub(super) async fn forget(&self, mut listed: Listed) -> Result<(), StoreError> {
        listed.seal();
        let now = Timestamp::from(SystemTime::now());
        for source in &self.sources {
            let forgotten = forget(&*self.occurrences, &source.name, &listed, now).await?;
            if forgotten > 0 {
                tracing::debug!(
                    function = &**source.function.name(),
                    "{forgotten} receipts of blobs that are gone were removed"
                );
            }
        }
        Ok(())
    }
}

/// Whether a blob has been left alone for long enough. One of the future is complete: another clock has written it.
pub(super) fn is_settled(properties: &BlobProperties, settle: Duration, now: Timestamp) -> bool {
    let Some(modified) = properties.last_modified else { return true };
    settle.is_zero() || modified > now || modified.saturating_add(settle) <= now
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blobs_settle() {
        let at = |seconds: i64| Timestamp::from_micros(seconds * 1_000_000);
        let item = |modified: Option<i64>| BlobProperties {
            last_modified: modified.map(at),
            ..BlobProperties::default()
        };
        let second = Duration::from_secs(1);
        assert!(is_settled(&item(Some(9)), second, at(10)));
        assert!(!is_settled(&item(Some(10)), second, at(10)));
        assert!(is_settled(&item(Some(10)), Duration::ZERO, at(10)));
        assert!(is_settled(&item(None), second, at(10)));
        assert!(is_settled(&item(Some(99)), second, at(10)));
    }
}
