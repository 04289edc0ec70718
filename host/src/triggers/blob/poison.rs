//! Blobs that were set aside because their function failed on them again and again: listed, run again, or given up.

use durable_core::store::{OccurrenceId, Occurrences, Poisoned, PoisonedQuery, StoreError};
use fnhost_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::source::PREFIX;

/// So many are on a page unless the caller wants fewer, and so many are changed at a time.
const PAGE: u32 = 100;

/// A blob that was set aside, as the management API and the command line show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PoisonedBlob {
    /// By which it is named.
    pub id: i64,
    /// The function that failed, in lower case.
    pub function: String,
    /// Container and name.
    pub blob: String,
    /// Which version of it.
    pub version: String,
    /// How often it was tried.
    pub attempts: u32,
    /// Why it failed the last time.
    pub reason: String,
    /// Since when it is set aside.
    pub since: Timestamp,
}

/// One page of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoisonedBlobs {
    /// In the order in which they were first seen.
    pub blobs: Vec<PoisonedBlob>,
    /// To be given as `after` for the next page; `None` when this was the last one.
    pub next: Option<i64>,
}

/// Which of them to change.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Chosen {
    /// These.
    pub ids: Vec<i64>,
    /// All.
    pub all: bool,
    /// All of this function.
    pub function: Option<String>,
}

impl Chosen {
    /// Whether it is clear what is meant.
    ///
    /// # Errors
    /// What is missing or too much.
    pub fn check(&self) -> Result<(), &'static str> {
        match (self.ids.is_empty(), self.all, self.function.is_some()) {
            (false, false, false) | (true, true, _) => Ok(()),
            (true, false, _) => Err("name the blobs by `ids`, or say `all`"),
            (false, ..) => Err("`ids` go with neither `all` nor `function`"),
        }
    }
}

/// What becomes of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// They run again from then on, as if never tried.
    Redrive(Timestamp),
    /// They never run again.
    Discard,
}

/// A page of what was set aside.
///
/// # Errors
/// The store's.
pub async fn list(
    store: &dyn Occurrences,
    function: Option<&str>,
    after: Option<i64>,
    top: Option<u32>,
) -> Result<PoisonedBlobs, StoreError> {
    let limit = top.map_or(PAGE, |top| top.clamp(1, 1_000));
    let (mut blobs, mut last) = (Vec::new(), after.map(OccurrenceId));
    // Timers have a list of their own, on the same pages.
    while blobs.len() < limit as usize {
        let query = PoisonedQuery { source: function.map(source), after: last, limit };
        let page = store.poisoned(query).await?;
        let is_last = page.len() < limit as usize;
        for found in page {
            last = Some(found.id);
            if let Some(blob) = shown(found) {
                blobs.push(blob);
                if blobs.len() == limit as usize {
                    break;
                }
            }
        }
        if is_last && blobs.len() < limit as usize {
            return Ok(PoisonedBlobs { blobs, next: None });
        }
    }
    Ok(PoisonedBlobs { next: blobs.last().map(|blob| blob.id), blobs })
}

/// Changes those that are chosen; answers which there were.
///
/// # Errors
/// The store's. What was changed before it stays so.
pub async fn change(
    store: &dyn Occurrences,
    chosen: &Chosen,
    change: Change,
) -> Result<Vec<i64>, StoreError> {
    let mut done = Vec::new();
    if !chosen.all {
        apply(store, &chosen.ids, change, &mut done).await?;
        return Ok(done);
    }
    let mut after = None;
    loop {
        let page = list(store, chosen.function.as_deref(), after, None).await?;
        let ids: Vec<i64> = page.blobs.iter().map(|blob| blob.id).collect();
        apply(store, &ids, change, &mut done).await?;
        after = page.next;
        if after.is_none() {
            return Ok(done);
        }
    }
}

async fn apply(
    store: &dyn Occurrences,
    ids: &[i64],
    change: Change,
    done: &mut Vec<i64>,
) -> Result<(), StoreError> {
    for ids in ids.chunks(PAGE as usize) {
        let ids = ids.iter().copied().map(OccurrenceId).collect();
        let changed = match change {
            Change::Redrive(due) => store.redrive(ids, due).await?,
            Change::Discard => store.discard(ids).await?,
        };
        done.extend(changed.into_iter().map(|id| id.0));
    }
    Ok(())
}

fn source(function: &str) -> String {
    format!("{PREFIX}{}", function.to_lowercase())
}

fn shown(found: Poisoned) -> Option<PoisonedBlob> {
    Some(PoisonedBlob {
        id: found.id.0,
        function: found.occurrence.source.strip_prefix(PREFIX)?.to_owned(),
        blob: found.occurrence.key,
        version: found.occurrence.version,
        attempts: found.attempts,
        reason: found.reason,
        since: found.since,
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use durable_core::{
        memory::MemoryStore,
        store::{Added, ClaimOccurrences, Finish, FinishedOccurrence, Holder, Occurrence},
    };
    use fnhost_protocol::json::JsonText;

    use super::*;

    async fn poison(store: &MemoryStore, holder: Holder, source: &str, key: &str) {
        let new = Occurrence {
            source: source.to_owned(),
            key: key.to_owned(),
            version: "1".to_owned(),
            due: Timestamp::EPOCH,
            serial: false,
            data: JsonText::null(),
        };
        let added = store.add(holder, Timestamp::EPOCH, vec![new], 1).await.unwrap().pop();
        let Some(Added::Leased(leased)) = added else { panic!("{added:?} should be leased") };
        let finish = Finish::Poison { reason: "broken".to_owned() };
        let ended = FinishedOccurrence { id: leased.id, attempt: 1, finish };
        assert_eq!(store.finish(holder, vec![ended]).await.unwrap(), [true]);
    }

    async fn scene() -> (MemoryStore, Holder) {
        let store = MemoryStore::new();
        let holder = store.enter(Duration::from_secs(60)).await.unwrap();
        for (source, key) in
            [("blob:a", "c/1"), ("timer:t", "7"), ("blob:b", "c/2"), ("blob:a", "c/3"), ("blob:a", "c/4")]
        {
            poison(&store, holder, source, key).await;
        }
        (store, holder)
    }

    async fn names(store: &MemoryStore, function: Option<&str>) -> Vec<String> {
        let page = list(store, function, None, None).await.unwrap();
        page.blobs.into_iter().map(|blob| format!("{} {}", blob.function, blob.blob)).collect()
    }

    #[tokio::test]
    async fn what_was_set_aside_is_listed_in_pages() {
        let (store, _) = scene().await;
        assert_eq!(names(&store, None).await, ["a c/1", "b c/2", "a c/3", "a c/4"]);
        assert_eq!(names(&store, Some("A")).await, ["a c/1", "a c/3", "a c/4"]);
        assert!(names(&store, Some("nobody")).await.is_empty());
        let mut after = None;
        let mut seen = Vec::new();
        loop {
            let page = list(&store, None, after, Some(2)).await.unwrap();
            assert!(page.blobs.len() <= 2);
            seen.extend(page.blobs.into_iter().map(|blob| blob.blob));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(seen, ["c/1", "c/2", "c/3", "c/4"]);
    }

    #[tokio::test]
    async fn those_that_are_chosen_are_changed() {
        let (store, holder) = scene().await;
        let chosen = Chosen { ids: vec![1, 99], ..Chosen::default() };
        assert_eq!(change(&store, &chosen, Change::Discard).await.unwrap(), [1]);
        let of_a = Chosen { all: true, function: Some("A".to_owned()), ..Chosen::default() };
        let redrive = Change::Redrive(Timestamp::EPOCH);
        assert_eq!(change(&store, &of_a, redrive).await.unwrap(), [4, 5]);
        assert_eq!(names(&store, None).await, ["b c/2"]);
        let all = Chosen { all: true, ..Chosen::default() };
        assert_eq!(change(&store, &all, Change::Discard).await.unwrap(), [3]);
        let claim = ClaimOccurrences { now: Timestamp::EPOCH, limit: 9, sources: vec!["blob:a".to_owned()] };
        assert_eq!(store.claim(holder, claim).await.unwrap().leased.len(), 2);
        // What is not a blob stays where it is.
        let left = store.poisoned(PoisonedQuery { limit: 9, ..PoisonedQuery::default() }).await.unwrap();
        assert_eq!(left.len(), 1);
    }

    #[test]
    fn what_is_meant_must_be_clear() {
        let chosen = |ids: &[i64], all, function: Option<&str>| Chosen {
            ids: ids.to_vec(),
            all,
            function: function.map(str::to_owned),
        };
        for good in [chosen(&[1], false, None), chosen(&[], true, None), chosen(&[], true, Some("a"))] {
            assert_eq!(good.check(), Ok(()));
        }
        for bad in [chosen(&[], false, None), chosen(&[], false, Some("a")), chosen(&[1], true, None)] {
            assert!(bad.check().is_err(), "{bad:?}");
        }
    }
}
