//! The stage of one behaviour: a store on fresh data, and a life that leases from it.

use std::{ops::Deref, sync::Arc, time::Duration};

use durable_core::store::{
    Added, ClaimOccurrences, ClaimedOccurrences, Finish, FinishedOccurrence, Holder, LeasedOccurrence,
    Occurrence, OccurrenceId, Occurrences, Poisoned, PoisonedQuery, Prune, Receipt, ReceiptQuery, StoreError,
};
use fnhost_protocol::{json::JsonText, time::Timestamp};

use crate::{host::ok, occurrences::OccurrenceHarness};

/// How long a life lasts unless it is held: longer than any behaviour.
pub(crate) const LENGTH: Duration = Duration::from_secs(600);

/// So many seconds after the beginning of time.
pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros(seconds * 1_000_000)
}

/// An occurrence of the source `blob:a`, due at once.
pub(crate) fn blob(key: &str, version: &str) -> Occurrence {
    Occurrence {
        source: "blob:a".to_owned(),
        key: key.to_owned(),
        version: version.to_owned(),
        due: at(0),
        serial: false,
        data: JsonText::string(&format!("{key}@{version}")),
    }
}

/// A slot of a timer.
pub(crate) fn slot(timer: &str, seconds: i64) -> Occurrence {
    Occurrence {
        source: format!("timer:{timer}"),
        due: at(seconds),
        serial: true,
        ..blob(&format!("{seconds:016}"), "")
    }
}

/// A store and a life that leases from it.
pub(crate) struct Life {
    pub(crate) store: Arc<dyn Occurrences>,
    pub(crate) holder: Holder,
}

impl Life {
    pub(crate) async fn begin(store: Arc<dyn Occurrences>) -> Self {
        let holder = ok("enter", store.enter(LENGTH).await);
        Self { store, holder }
    }

    pub(crate) async fn add(&self, now: i64, new: Vec<Occurrence>, take: u32) -> Vec<Added> {
        ok("add", self.store.add(self.holder, at(now), new, take).await)
    }

    /// Adds one and leases it.
    pub(crate) async fn taken(&self, new: Occurrence) -> LeasedOccurrence {
        let now = new.due;
        let added = ok("add", self.store.add(self.holder, now, vec![new], 1).await).pop();
        match added {
            Some(Added::Leased(leased)) => leased,
            other => panic!("{other:?} should be leased"),
        }
    }

    pub(crate) async fn try_claim(
        &self,
        now: i64,
        limit: u32,
        sources: &[&str],
    ) -> Result<ClaimedOccurrences, StoreError> {
        let sources = sources.iter().map(|source| (*source).to_owned()).collect();
        self.store.claim(self.holder, ClaimOccurrences { now: at(now), limit, sources }).await
    }

    pub(crate) async fn claim(&self, now: i64, limit: u32, sources: &[&str]) -> ClaimedOccurrences {
        ok("claim", self.try_claim(now, limit, sources).await)
    }

    /// Keys of what a claim of the blobs takes.
    pub(crate) async fn keys(&self, now: i64, limit: u32) -> Vec<String> {
        let claimed = self.claim(now, limit, &["blob:a"]).await;
        claimed.leased.into_iter().map(|leased| leased.occurrence.key).collect()
    }

    pub(crate) async fn finish(&self, leased: &LeasedOccurrence, finish: Finish) -> bool {
        let ended = FinishedOccurrence { id: leased.id, attempt: leased.attempt, finish };
        self.finish_all(vec![ended]).await == [true]
    }

    pub(crate) async fn finish_all(&self, ended: Vec<FinishedOccurrence>) -> Vec<bool> {
        ok("finish", self.store.finish(self.holder, ended).await)
    }

    pub(crate) async fn poison(&self, key: &str, reason: &str) -> OccurrenceId {
        let leased = self.taken(blob(key, "1")).await;
        assert!(self.finish(&leased, Finish::Poison { reason: reason.to_owned() }).await);
        leased.id
    }

    pub(crate) async fn poisoned(&self) -> Vec<Poisoned> {
        let query = PoisonedQuery { limit: 100, ..PoisonedQuery::default() };
        ok("list what has failed", self.store.poisoned(query).await)
    }

    pub(crate) async fn remember(&self, source: &str, keys: &[(&str, &str)]) {
        ok("remember", self.store.remember(source.to_owned(), pairs(keys)).await);
    }

    pub(crate) async fn known(&self, source: &str, keys: &[(&str, &str)]) -> Vec<bool> {
        ok("look what is known", self.store.known(source.to_owned(), pairs(keys)).await)
    }

    pub(crate) async fn receipts(&self, query: ReceiptQuery) -> Vec<Receipt> {
        ok("read receipts", self.store.receipts(query).await)
    }

    /// All receipts of a source, as `key@version`.
    pub(crate) async fn on_record(&self, source: &str) -> Vec<String> {
        let query = ReceiptQuery { source: source.to_owned(), after: None, limit: 10_000 };
        self.receipts(query).await.iter().map(|found| format!("{}@{}", found.key, found.version)).collect()
    }

    pub(crate) async fn set_missing(&self, source: &str, keys: &[(&str, &str)], since: Option<i64>) {
        let since = since.map(at);
        ok("mark", self.store.set_missing(source.to_owned(), pairs(keys), since).await);
    }

    pub(crate) async fn prune(&self, source: &str, what: Prune, limit: u32) -> u32 {
        ok("prune", self.store.prune(source.to_owned(), what, limit).await)
    }
}

fn pairs(keys: &[(&str, &str)]) -> Vec<(String, String)> {
    keys.iter().map(|(key, version)| ((*key).to_owned(), (*version).to_owned())).collect()
}

/// A harness and the life that is the subject of the behaviour; stands for that life.
pub(crate) struct Stage {
    harness: Box<dyn OccurrenceHarness>,
    life: Life,
}

impl Stage {
    pub(crate) async fn set(mut harness: Box<dyn OccurrenceHarness>) -> Self {
        let life = Life::begin(harness.open().await).await;
        Self { harness, life }
    }

    /// Kills the process and starts it again on the same data.
    pub(crate) async fn crash(self) -> Self {
        let Self { mut harness, life } = self;
        let dead = life.holder;
        drop(life);
        let life = Life::begin(harness.reopen(dead).await).await;
        Self { harness, life }
    }

    /// Somebody else in another task hub of the same database.
    pub(crate) async fn other_hub(&mut self, hub: &str) -> Life {
        Life::begin(self.harness.open_hub(hub).await).await
    }

    /// One more host on the same task hub.
    pub(crate) async fn other_host(&mut self) -> Life {
        Life::begin(self.harness.join().await).await
    }

    /// Lets a life run out.
    pub(crate) async fn expire(&mut self, dead: Holder) {
        self.harness.expire(dead).await;
    }
}

impl Deref for Stage {
    type Target = Life;

    fn deref(&self) -> &Life {
        &self.life
    }
}
