//! What came from outside and is to be run exactly once: a slot of a timer, a version of a blob.
//!
//! ```text
//!             add                     claim                   finish
//! (unknown) ───────▶ waiting until due ─────▶ leased to a holder ─────▶ on record: never again
//!      │                ▲   ▲                    │    │    │
//!      │ remember       │   └── holder died ─────┘    │    └─ Poison ──▶ poisoned ── discard ──▶ on record
//!      ▼                └─────── Again, GivenBack ────┘                     │
//!  on record            ◀──────────────────────── redrive ──────────────────┘
//! ```
//!
//! Whatever tells of an occurrence (an event, a listing, a sweep, another host) adds it; the store knows it already or
//! not, and that is the only place where this is decided. See [`Occurrences`].

use std::time::Duration;

use futures_core::future::BoxFuture;
use serde::{Deserialize, Serialize};

use fnhost_protocol::{json::JsonText, time::Timestamp};

use crate::store::StoreError;

/// One life of one host: what it has leased is its own until the life is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Holder(pub i64);

/// An occurrence that is not finished, within its task hub.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OccurrenceId(pub i64);

/// Something from outside. Unique by (`source`, `key`, `version`) within the task hub: the first three together are
/// its name for ever.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occurrence {
    /// What it is for: a kind of trigger and a function, lower-cased, such as `timer:nightly` or `blob:resize`.
    pub source: String,
    /// What it is: a slot's time in microseconds since 1970 with all its digits, a blob's `container/name`. Ordered by
    /// its bytes.
    pub key: String,
    /// Which version of it; empty where there is one only.
    pub version: String,
    /// When it is to run, by the clock of the triggers.
    pub due: Timestamp,
    /// Whether it runs only while no other of its source does, on no host, and after those that are due earlier.
    pub serial: bool,
    /// What the run needs to know besides. Forgotten when it is finished.
    pub data: JsonText,
}

/// An occurrence that this holder is to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeasedOccurrence {
    /// Under which it is finished.
    pub id: OccurrenceId,
    /// What it is.
    pub occurrence: Occurrence,
    /// How often it was leased, this time included: a run that kills the process counts. Also the fence: a finish
    /// under an earlier attempt is refused.
    pub attempt: u32,
}

/// What became of an occurrence that was added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Added {
    /// It is new, and leased to the caller with attempt 1 counted.
    Leased(LeasedOccurrence),
    /// It is new and waits.
    Waiting(OccurrenceId),
    /// It is on record, whatever became of it.
    Known,
}

/// What to take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimOccurrences {
    /// The time of the triggers' clock: what is due later is left.
    pub now: Timestamp,
    /// At most so many.
    pub limit: u32,
    /// Of these sources only: others may belong to functions that this host does not have.
    pub sources: Vec<String>,
}

/// What was taken.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ClaimedOccurrences {
    /// Leased to the caller, oldest due first, the attempt counted.
    pub leased: Vec<LeasedOccurrence>,
    /// When the first of these sources is due that waits for a later time than `now`.
    pub next: Option<Timestamp>,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finish {
    /// It stays on record and never runs again.
    Done,
    /// It waits again, its attempts counted.
    Again {
        /// Until then.
        due: Timestamp,
    },
    /// It stands on the list of what has failed for good.
    Poison {
        /// Why, for an operator.
        reason: String,
    },
    /// It was not begun: it waits as before, this attempt not counted.
    GivenBack,
}

/// The end of one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FinishedOccurrence {
    /// Which one.
    pub id: OccurrenceId,
    /// The attempt under which it was leased.
    pub attempt: u32,
    /// How it ended.
    pub finish: Finish,
}

/// One that is on record, whatever became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// As in [`Occurrence::key`].
    pub key: String,
    /// As in [`Occurrence::version`].
    pub version: String,
    /// Since when listings of the source miss it; `None` when the last one that looked had it, or none has looked.
    pub missing_since: Option<Timestamp>,
}

/// Which receipts to read: a page of one source, ordered by the bytes of (key, version).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptQuery {
    /// Of this source.
    pub source: String,
    /// After this key and version; from the beginning when there is none.
    pub after: Option<(String, String)>,
    /// At most so many.
    pub limit: u32,
}

/// Which receipts may be forgotten.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Prune {
    /// Those with an earlier key.
    KeysBefore(String),
    /// Those that listings miss since then or longer. Only right after a listing that was complete.
    MissingSince(Timestamp),
}

/// An occurrence that has failed for good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Poisoned {
    /// Under which it is redriven or discarded.
    pub id: OccurrenceId,
    /// What it is.
    pub occurrence: Occurrence,
    /// How often it was tried.
    pub attempts: u32,
    /// Why it failed the last time.
    pub reason: String,
    /// When it was put onto the list, by the store's clock.
    pub since: Timestamp,
}

/// Which poisoned occurrences to list, ordered by id.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PoisonedQuery {
    /// Of this source only.
    pub source: Option<String>,
    /// After this one.
    pub after: Option<OccurrenceId>,
    /// At most so many.
    pub limit: u32,
}

/// Where occurrences are kept. One value serves one task hub.
///
/// Every call may be made from many tasks at once, is all or nothing, and is durable when it is answered. On an error
/// nothing was changed, except for [`StoreError::UnknownOutcome`]. All may be repeated after that: what was added is
/// then known (and leased to the holder, if it was to be: [`leased`](Self::leased) tells), what was finished is no longer
/// the caller's, the rest comes to the same.
///
/// Leases end with the life of their holder. A store that one process has alone ends all earlier lives when a new one
/// is [entered](Self::enter). Where hosts share the store, a life ends when it was not [held](Self::hold) in time, by
/// the database's clock, and another host looks for work; until then it may be held late.
pub trait Occurrences: Send + Sync + 'static {
    /// Begins a life that lasts for `length` unless it is held.
    fn enter(&self, length: Duration) -> BoxFuture<'_, Result<Holder, StoreError>>;

    /// Makes the life last for `length` from now. One that is over: [`StoreError::LeaseLost`], here and in all other
    /// calls that take a holder and may lease something to it.
    fn hold(&self, holder: Holder, length: Duration) -> BoxFuture<'_, Result<(), StoreError>>;

    /// Ends the life. What it had leased waits again, with its attempts counted: what was not begun is better
    /// [given back](Finish::GivenBack) before. A life that is over already is no error.
    fn leave(&self, holder: Holder) -> BoxFuture<'_, Result<(), StoreError>>;

    /// Puts on record what is not yet, and answers for each what became of it, in order. Of what is new and due at
    /// `now` the first `take` are leased to the caller, unless [`serial`](Occurrence::serial) forbids it. What is
    /// named twice is new once.
    fn add(
        &self,
        holder: Holder,
        now: Timestamp,
        new: Vec<Occurrence>,
        take: u32,
    ) -> BoxFuture<'_, Result<Vec<Added>, StoreError>>;

    /// Takes what waits and is due, oldest first, also what was leased by those whose life is over.
    fn claim(
        &self,
        holder: Holder,
        claim: ClaimOccurrences,
    ) -> BoxFuture<'_, Result<ClaimedOccurrences, StoreError>>;

    /// Ends runs; for each whether it was still the caller's. One that was not has changed nothing: its life was taken
    /// for over, and it runs elsewhere.
    fn finish(
        &self,
        holder: Holder,
        ended: Vec<FinishedOccurrence>,
    ) -> BoxFuture<'_, Result<Vec<bool>, StoreError>>;

    /// Everything that is leased to a holder, in no particular order: after a call whose outcome is unknown.
    fn leased(&self, holder: Holder) -> BoxFuture<'_, Result<Vec<LeasedOccurrence>, StoreError>>;

    /// Puts (key, version) pairs on record without a run. What is on record already stays as it is.
    fn remember(&self, source: String, keys: Vec<(String, String)>) -> BoxFuture<'_, Result<(), StoreError>>;

    /// Which of these (key, version) pairs are on record, in order.
    fn known(
        &self,
        source: String,
        keys: Vec<(String, String)>,
    ) -> BoxFuture<'_, Result<Vec<bool>, StoreError>>;

    /// A page of what is on record.
    fn receipts(&self, query: ReceiptQuery) -> BoxFuture<'_, Result<Vec<Receipt>, StoreError>>;

    /// Notes of (key, version) pairs since when listings miss them, or that they are there again.
    fn set_missing(
        &self,
        source: String,
        keys: Vec<(String, String)>,
        since: Option<Timestamp>,
    ) -> BoxFuture<'_, Result<(), StoreError>>;

    /// Forgets receipts of what is finished, at most `limit`; how many there were.
    fn prune(&self, source: String, what: Prune, limit: u32) -> BoxFuture<'_, Result<u32, StoreError>>;

    /// A page of what has failed for good.
    fn poisoned(&self, query: PoisonedQuery) -> BoxFuture<'_, Result<Vec<Poisoned>, StoreError>>;

    /// Takes these off the list of what has failed, to be run again from `due` on, as if never tried. Answers which
    /// were on it.
    fn redrive(
        &self,
        ids: Vec<OccurrenceId>,
        due: Timestamp,
    ) -> BoxFuture<'_, Result<Vec<OccurrenceId>, StoreError>>;

    /// Takes these off the list of what has failed, for good: they stay on record. Answers which were on it.
    fn discard(&self, ids: Vec<OccurrenceId>) -> BoxFuture<'_, Result<Vec<OccurrenceId>, StoreError>>;

    /// What triggers have written down about these sources (their schedule's status, how far a first listing came);
    /// nothing for those of which nothing is written down.
    fn source_states(
        &self,
        sources: Vec<String>,
    ) -> BoxFuture<'_, Result<Vec<(String, JsonText)>, StoreError>>;

    /// Writes down what is to be known about sources.
    fn set_source_states(&self, states: Vec<(String, JsonText)>) -> BoxFuture<'_, Result<(), StoreError>>;
}
