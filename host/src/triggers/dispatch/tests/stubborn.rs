//! A store whose calls fail as the test has written down: refused, or done without an answer.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use durable_core::{
    memory::MemoryStore,
    store::{
        Added, ClaimOccurrences, ClaimedOccurrences, FinishedOccurrence, Holder, LeasedOccurrence,
        Occurrence, OccurrenceId, Occurrences, Poisoned, PoisonedQuery, Prune, Receipt, ReceiptQuery,
        StoreError,
    },
};
use fnhost_protocol::{json::JsonText, time::Timestamp};
use futures_util::future::BoxFuture;

/// What happens to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    Nothing,
    /// Nothing was changed.
    Refused,
    /// It was done, and the answer got lost.
    Unheard,
}

pub(super) struct Stubborn {
    inner: Arc<MemoryStore>,
    faults: Mutex<VecDeque<Fault>>,
}

impl Stubborn {
    pub(super) fn new(inner: Arc<MemoryStore>) -> Self {
        Self { inner, faults: Mutex::default() }
    }

    /// What happens to the next calls that change something.
    pub(super) fn fail(&self, faults: &[Fault]) {
        self.faults.lock().unwrap().extend(faults);
    }

    pub(super) fn left(&self) -> usize {
        self.faults.lock().unwrap().len()
    }

    fn meet<'s, T: Send + 's>(
        &'s self,
        call: BoxFuture<'s, Result<T, StoreError>>,
    ) -> BoxFuture<'s, Result<T, StoreError>> {
        let fault = self.faults.lock().unwrap().pop_front().unwrap_or(Fault::Nothing);
        Box::pin(async move {
            match fault {
                Fault::Nothing => call.await,
                Fault::Refused => Err(StoreError::Retry("away".to_owned())),
                Fault::Unheard => match call.await {
                    Ok(_) => Err(StoreError::UnknownOutcome("nobody heard".to_owned())),
                    Err(error) => Err(error),
                },
            }
        })
    }
}

impl Occurrences for Stubborn {
    fn enter(&self, length: Duration) -> BoxFuture<'_, Result<Holder, StoreError>> {
        self.inner.enter(length)
    }

    fn hold(&self, holder: Holder, length: Duration) -> BoxFuture<'_, Result<(), StoreError>> {
        self.inner.hold(holder, length)
    }

    fn leave(&self, holder: Holder) -> BoxFuture<'_, Result<(), StoreError>> {
        self.inner.leave(holder)
    }

    fn add(
        &self,
        holder: Holder,
        now: Timestamp,
        new: Vec<Occurrence>,
        take: u32,
    ) -> BoxFuture<'_, Result<Vec<Added>, StoreError>> {
        self.meet(self.inner.add(holder, now, new, take))
    }

    fn claim(
        &self,
        holder: Holder,
        claim: ClaimOccurrences,
    ) -> BoxFuture<'_, Result<ClaimedOccurrences, StoreError>> {
        self.meet(self.inner.claim(holder, claim))
    }

    fn finish(
        &self,
        holder: Holder,
        ended: Vec<FinishedOccurrence>,
    ) -> BoxFuture<'_, Result<Vec<bool>, StoreError>> {
        self.meet(self.inner.finish(holder, ended))
    }

    fn leased(&self, holder: Holder) -> BoxFuture<'_, Result<Vec<LeasedOccurrence>, StoreError>> {
        self.inner.leased(holder)
    }

    fn remember(&self, source: String, keys: Vec<(String, String)>) -> BoxFuture<'_, Result<(), StoreError>> {
        self.inner.remember(source, keys)
    }

    fn known(
        &self,
        source: String,
        keys: Vec<(String, String)>,
    ) -> BoxFuture<'_, Result<Vec<bool>, StoreError>> {
        self.inner.known(source, keys)
    }

    fn receipts(&self, query: ReceiptQuery) -> BoxFuture<'_, Result<Vec<Receipt>, StoreError>> {
        self.inner.receipts(query)
    }

    fn set_missing(
        &self,
        source: String,
        keys: Vec<(String, String)>,
        since: Option<Timestamp>,
    ) -> BoxFuture<'_, Result<(), StoreError>> {
        self.inner.set_missing(source, keys, since)
    }

    fn prune(&self, source: String, what: Prune, limit: u32) -> BoxFuture<'_, Result<u32, StoreError>> {
        self.inner.prune(source, what, limit)
    }

    fn poisoned(&self, query: PoisonedQuery) -> BoxFuture<'_, Result<Vec<Poisoned>, StoreError>> {
        self.inner.poisoned(query)
    }

    fn redrive(
        &self,
        ids: Vec<OccurrenceId>,
        due: Timestamp,
    ) -> BoxFuture<'_, Result<Vec<OccurrenceId>, StoreError>> {
        self.inner.redrive(ids, due)
    }

    fn discard(&self, ids: Vec<OccurrenceId>) -> BoxFuture<'_, Result<Vec<OccurrenceId>, StoreError>> {
        self.inner.discard(ids)
    }

    fn source_states(
        &self,
        sources: Vec<String>,
    ) -> BoxFuture<'_, Result<Vec<(String, JsonText)>, StoreError>> {
        self.inner.source_states(sources)
    }

    fn set_source_states(&self, states: Vec<(String, JsonText)>) -> BoxFuture<'_, Result<(), StoreError>> {
        self.inner.set_source_states(states)
    }
}
