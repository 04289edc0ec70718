//! Receipts of versions that are there no more: forgotten when two complete scans, an hour apart or more, have missed them.
//! A single listing may be wrong about a blob that has just been written, and then it would start a second time.

use std::{
    collections::hash_map::DefaultHasher,
    hash::{Hash as _, Hasher as _},
    time::Duration,
};

use durable_core::store::{Occurrences, Prune, Receipt, ReceiptQuery, StoreError};
use fnhost_protocol::time::Timestamp;

/// How long listings must have missed a version.
pub(super) const GRACE: Duration = Duration::from_secs(60 * 60);

/// Receipts of one page, and of one removal.
const PAGE: u32 = 1_000;

/// Which versions a scan has listed, in eight bytes each. Two versions may look alike; then a receipt stays for longer.
#[derive(Debug, Default)]
pub(super) struct Listed(Vec<u64>);

impl Listed {
    pub(super) fn add(&mut self, key: &str, version: &str) {
        self.0.push(mark(key, version));
    }

    /// After the last one.
    pub(super) fn seal(&mut self) {
        self.0.sort_unstable();
        self.0.shrink_to_fit();
    }

    fn has(&self, receipt: &Receipt) -> bool {
        self.0.binary_search(&mark(&receipt.key, &receipt.version)).is_ok()
    }
}

fn mark(key: &str, version: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (key, version).hash(&mut hasher);
    hasher.finish()
}

/// Compares what is on record of a source with what a complete scan has listed; how many receipts were forgotten.
pub(super) async fn forget(
    store: &dyn Occurrences,
    source: &str,
    listed: &Listed,
    now: Timestamp,
) -> Result<u32, StoreError> {
    let mut after = None;
    loop {
        let query = ReceiptQuery { source: source.to_owned(), after, limit: PAGE };
        let page = store.receipts(query).await?;
        let (gone, back) = changes(&page, listed);
        for (keys, since) in [(gone, Some(now)), (back, None)] {
            if !keys.is_empty() {
                store.set_missing(source.to_owned(), keys, since).await?;
            }
        }
        if page.len() < PAGE as usize {
            break;
        }
        after = page.into_iter().last().map(|receipt| (receipt.key, receipt.version));
    }
    let mut forgotten = 0;
    loop {
        let missing = Prune::MissingSince(now.saturating_sub(GRACE));
        let removed = store.prune(source.to_owned(), missing, PAGE).await?;
        forgotten += removed;
        if removed < PAGE {
            return Ok(forgotten);
        }
    }
}

type Names = Vec<(String, String)>;

/// Which receipts of a page are missing since now, and which are there again.
fn changes(page: &[Receipt], listed: &Listed) -> (Names, Names) {
    let (mut gone, mut back) = (Vec::new(), Vec::new());
    for receipt in page {
        let name = || (receipt.key.clone(), receipt.version.clone());
        match (listed.has(receipt), receipt.missing_since) {
            (false, None) => gone.push(name()),
            (true, Some(_)) => back.push(name()),
            (false, Some(_)) | (true, None) => {}
        }
    }
    (gone, back)
}

#[cfg(test)]
mod tests {
    use durable_core::memory::MemoryStore;

    use super::*;

    const SOURCE: &str = "blob:a";

    async fn on_record(store: &MemoryStore) -> Vec<String> {
        let query = ReceiptQuery { source: SOURCE.to_owned(), after: None, limit: 9_999 };
        let receipts = store.receipts(query).await.unwrap();
        receipts.into_iter().map(|receipt| format!("{}@{}", receipt.key, receipt.version)).collect()
    }

    fn listed(names: &[(&str, &str)]) -> Listed {
        let mut listed = Listed::default();
        names.iter().for_each(|(key, version)| listed.add(key, version));
        listed.seal();
        listed
    }

    #[tokio::test]
    async fn what_is_missed_twice_is_forgotten() {
        let store = MemoryStore::new();
        let all = [("c/a", "1"), ("c/a", "2"), ("c/b", "1")];
        let names = all.iter().map(|(key, version)| ((*key).to_owned(), (*version).to_owned()));
        store.remember(SOURCE.to_owned(), names.collect()).await.unwrap();
        let at = |hours: u64| Timestamp::EPOCH.saturating_add(GRACE * u32::try_from(hours).unwrap());

        let now = [("c/a", "2")];
        assert_eq!(forget(&store, SOURCE, &listed(&now), at(1)).await.unwrap(), 0);
        // Too early, and `b` was only late.
        let now = [("c/a", "2"), ("c/b", "1")];
        let soon = at(1).saturating_add(Duration::from_secs(60));
        assert_eq!(forget(&store, SOURCE, &listed(&now), soon).await.unwrap(), 0);
        assert_eq!(forget(&store, SOURCE, &listed(&now), at(2)).await.unwrap(), 1);
        assert_eq!(on_record(&store).await, ["c/a@2", "c/b@1"]);
    }

    #[tokio::test]
    async fn many_are_gone_over_page_by_page() {
        let store = MemoryStore::new();
        let names: Names = (0..2_500).map(|number| (format!("c/{number:05}"), "1".to_owned())).collect();
        store.remember(SOURCE.to_owned(), names).await.unwrap();
        let nothing = listed(&[("c/02000", "1")]);
        assert_eq!(forget(&store, SOURCE, &nothing, Timestamp::EPOCH).await.unwrap(), 0);
        let later = Timestamp::EPOCH.saturating_add(GRACE);
        assert_eq!(forget(&store, SOURCE, &nothing, later).await.unwrap(), 2_499);
        assert_eq!(on_record(&store).await, ["c/02000@1"]);
    }
}
