//! The calls of [`Occurrences`], each passed on to the file that does it.

use std::time::Duration;

use futures_util::future::BoxFuture;

use durable_core::store::{
    Added, ClaimOccurrences, ClaimedOccurrences, FinishedOccurrence, Holder, LeasedOccurrence, Occurrence,
    OccurrenceId, Occurrences, Poisoned, PoisonedQuery, Prune, Receipt, ReceiptQuery, StoreError,
};
use fnhost_protocol::{json::JsonText, time::Timestamp};

use crate::{
    SqliteStore,
    occurrences::{add, claim, finish, lives, poison, receipts, states},
};

impl Occurrences for SqliteStore {
    /// The lock on the file proves that earlier lives are over.
    fn enter(&self, _length: Duration) -> BoxFuture<'_, Result<Holder, StoreError>> {
        Box::pin(lives::enter(self.database(), self.hub()))
    }

    fn hold(&self, holder: Holder, _length: Duration) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(lives::check(self.database(), self.hub(), holder))
    }

    fn leave(&self, holder: Holder) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(lives::leave(self.database(), self.hub(), holder))
    }

    fn add(
        &self,
        holder: Holder,
        now: Timestamp,
        new: Vec<Occurrence>,
        take: u32,
    ) -> BoxFuture<'_, Result<Vec<Added>, StoreError>> {
        Box::pin(add::add(self.database(), self.hub(), holder, now, new, take))
    }

    fn claim(
        &self,
        holder: Holder,
        claim: ClaimOccurrences,
    ) -> BoxFuture<'_, Result<ClaimedOccurrences, StoreError>> {
        Box::pin(claim::claim(self.database(), self.hub(), holder, claim))
    }

    fn finish(
        &self,
        holder: Holder,
        ended: Vec<FinishedOccurrence>,
    ) -> BoxFuture<'_, Result<Vec<bool>, StoreError>> {
        Box::pin(async move { finish::finish(self.database(), holder, &ended).await })
    }

    fn leased(&self, holder: Holder) -> BoxFuture<'_, Result<Vec<LeasedOccurrence>, StoreError>> {
        Box::pin(claim::all_leased(self.database(), self.hub(), holder))
    }

    fn remember(&self, source: String, keys: Vec<(String, String)>) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move { receipts::remember(self.database(), self.hub(), &source, &keys).await })
    }

    fn known(
        &self,
        source: String,
        keys: Vec<(String, String)>,
    ) -> BoxFuture<'_, Result<Vec<bool>, StoreError>> {
        Box::pin(async move { receipts::known(self.database(), self.hub(), &source, &keys).await })
    }

    fn receipts(&self, query: ReceiptQuery) -> BoxFuture<'_, Result<Vec<Receipt>, StoreError>> {
        Box::pin(receipts::receipts(self.database(), self.hub(), query))
    }

    fn set_missing(
        &self,
        source: String,
        keys: Vec<(String, String)>,
        since: Option<Timestamp>,
    ) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(
            async move { receipts::set_missing(self.database(), self.hub(), &source, &keys, since).await },
        )
    }

    fn prune(&self, source: String, what: Prune, limit: u32) -> BoxFuture<'_, Result<u32, StoreError>> {
        Box::pin(async move { receipts::prune(self.database(), self.hub(), &source, what, limit).await })
    }

    fn poisoned(&self, query: PoisonedQuery) -> BoxFuture<'_, Result<Vec<Poisoned>, StoreError>> {
        Box::pin(poison::list(self.database(), self.hub(), query))
    }

    fn redrive(
        &self,
        ids: Vec<OccurrenceId>,
        due: Timestamp,
    ) -> BoxFuture<'_, Result<Vec<OccurrenceId>, StoreError>> {
        Box::pin(async move { poison::redrive(self.database(), self.hub(), &ids, due).await })
    }

    fn discard(&self, ids: Vec<OccurrenceId>) -> BoxFuture<'_, Result<Vec<OccurrenceId>, StoreError>> {
        Box::pin(async move { poison::discard(self.database(), self.hub(), &ids).await })
    }

    fn source_states(
        &self,
        sources: Vec<String>,
    ) -> BoxFuture<'_, Result<Vec<(String, JsonText)>, StoreError>> {
        Box::pin(async move { states::read(self.database(), self.hub(), &sources).await })
    }

    fn set_source_states(&self, states: Vec<(String, JsonText)>) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move { states::write(self.database(), self.hub(), &states).await })
    }
}
