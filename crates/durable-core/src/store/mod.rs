//! What a durable store promises: the one contract that SQLite, Postgres and the in-memory store fulfil alike.
//!
//! A store is a set of rows and one way to change them: [`Store::commit`]. Beside it stands [`Occurrences`]: what timers
//! and blobs are to be run for. The behaviour of both is pinned by lists of behaviours, which are generated as tests for
//! every store.

mod commit;
mod entities;
mod error;
mod find;
mod hosts;
mod keys;
mod occurrences;
mod traits;

pub use commit::{
    Batch, Commit, CommitOutcome, Completion, DeliveredTo, Delivery, EntityStateChange, Execution, Found,
    InstanceUpdate, KnownInbox, NewTask, NewTimer, OutMessage, Ownership, PurgeCommit, SendCommit,
    StartCommit, Target, TaskResultCommit, TurnCommit, TurnDone, TurnOrigin,
};
pub use entities::{ClientReply, Entities, RemovedEntities, Scheduled, ScheduledMessage};
pub use error::StoreError;
pub use find::{FinishedCursor, FinishedQuery, FoundInstance, InstanceVersion};
pub use hosts::{Hosts, News, Sharing};
pub use keys::{KeyScope, KeyStore, StoredKey};
pub use occurrences::{
    Added, ClaimOccurrences, ClaimedOccurrences, Finish, FinishedOccurrence, Holder, LeasedOccurrence,
    Occurrence, OccurrenceId, Occurrences, Poisoned, PoisonedQuery, Prune, Receipt, ReceiptQuery,
};
pub use traits::{ClaimRequest, Claimed, MAX_PAGE, MAX_PAGE_BYTES, Store, StoredStatus, TimerCursor};
