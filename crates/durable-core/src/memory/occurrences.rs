//! The calls of [`Occurrences`], each under one lock.

use std::time::Duration;

use futures_core::future::BoxFuture;

use fnhost_protocol::{json::JsonText, time::Timestamp};

use crate::{
    memory::{MemoryStore, records::Records},
    store::{
        Added, ClaimOccurrences, ClaimedOccurrences, FinishedOccurrence, Holder, LeasedOccurrence,
        Occurrence, OccurrenceId, Occurrences, Poisoned, PoisonedQuery, Prune, Receipt, ReceiptQuery,
        StoreError,
    },
};

impl MemoryStore {
    /// Works on what this hub knows of occurrences.
    fn with_records<T>(&self, work: impl FnOnce(&mut Records) -> T) -> T {
        work(self.database.lock().records(&self.hub))
    }

    /// Works for a holder whose life is not over; fails for others.
    fn with_life<T>(&self, holder: Holder, work: impl FnOnce(&mut Records) -> T) -> Result<T, StoreError> {
        self.with_records(|records| {
            records.check(holder)?;
            Ok(work(records))
        })
    }

    /// When a life of this length is over; never where nobody has a clock.
    fn life_until(&self, length: Duration) -> Option<Timestamp> {
        self.database.sharing.and(self.database.now()).map(|now| now.saturating_add(length))
    }
}

impl Occurrences for MemoryStore {
    fn enter(&self, length: Duration) -> BoxFuture<'_, Result<Holder, StoreError>> {
        Box::pin(async move { Ok(self.with_records(|records| records.enter(self.life_until(length)))) })
    }

    fn hold(&self, holder: Holder, length: Duration) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move { self.with_records(|records| records.hold(holder, self.life_until(length))) })
    }

    fn leave(&self, holder: Holder) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move {
            self.with_records(|records| records.end(holder));
            Ok(())
        })
    }

    fn add(
        &self,
        holder: Holder,
        now: Timestamp,
        new: Vec<Occurrence>,
        take: u32,
    ) -> BoxFuture<'_, Result<Vec<Added>, StoreError>> {
        Box::pin(async move { self.with_life(holder, |records| records.add(holder, now, new, take)) })
    }

    fn claim(
        &self,
        holder: Holder,
        claim: ClaimOccurrences,
    ) -> BoxFuture<'_, Result<ClaimedOccurrences, StoreError>> {
        Box::pin(async move {
            let clock = self.database.now();
            self.with_life(holder, |records| records.claim(holder, &claim, clock))
        })
    }

    fn finish(
        &self,
        holder: Holder,
        ended: Vec<FinishedOccurrence>,
    ) -> BoxFuture<'_, Result<Vec<bool>, StoreError>> {
        Box::pin(async move {
            let now = self.database.now().unwrap_or(Timestamp::EPOCH);
            Ok(self.with_records(|records| records.finish(holder, ended, now)))
        })
    }

    fn leased(&self, holder: Holder) -> BoxFuture<'_, Result<Vec<LeasedOccurrence>, StoreError>> {
        Box::pin(async move { self.with_life(holder, |records| records.leased(holder)) })
    }

    fn remember(&self, source: String, keys: Vec<(String, String)>) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move {
            self.with_records(|records| records.remember(source, keys));
            Ok(())
        })
    }

    fn known(
        &self,
        source: String,
        keys: Vec<(String, String)>,
    ) -> BoxFuture<'_, Result<Vec<bool>, StoreError>> {
        Box::pin(async move { Ok(self.with_records(|records| records.known(&source, &keys))) })
    }

    fn receipts(&self, query: ReceiptQuery) -> BoxFuture<'_, Result<Vec<Receipt>, StoreError>> {
        Box::pin(async move { Ok(self.with_records(|records| records.receipts(&query))) })
    }

    fn set_missing(
        &self,
        source: String,
        keys: Vec<(String, String)>,
        since: Option<Timestamp>,
    ) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move {
            self.with_records(|records| records.set_missing(&source, keys, since));
            Ok(())
        })
    }

    fn prune(&self, source: String, what: Prune, limit: u32) -> BoxFuture<'_, Result<u32, StoreError>> {
        Box::pin(async move { Ok(self.with_records(|records| records.prune(&source, &what, limit))) })
    }

    fn poisoned(&self, query: PoisonedQuery) -> BoxFuture<'_, Result<Vec<Poisoned>, StoreError>> {
        Box::pin(async move { Ok(self.with_records(|records| records.poisoned(&query))) })
    }

    fn redrive(
        &self,
        ids: Vec<OccurrenceId>,
        due: Timestamp,
    ) -> BoxFuture<'_, Result<Vec<OccurrenceId>, StoreError>> {
        Box::pin(async move { Ok(self.with_records(|records| records.redrive(ids, due))) })
    }

    fn discard(&self, ids: Vec<OccurrenceId>) -> BoxFuture<'_, Result<Vec<OccurrenceId>, StoreError>> {
        Box::pin(async move { Ok(self.with_records(|records| records.discard(ids))) })
    }

    fn source_states(
        &self,
        sources: Vec<String>,
    ) -> BoxFuture<'_, Result<Vec<(String, JsonText)>, StoreError>> {
        Box::pin(async move { Ok(self.with_records(|records| records.source_states(sources))) })
    }

    fn set_source_states(&self, states: Vec<(String, JsonText)>) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move {
            self.with_records(|records| records.set_source_states(states));
            Ok(())
        })
    }
}
