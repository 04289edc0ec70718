//! Defects on purpose: the simulation is worth as much as what it finds.
//!
//! Whatever is wrong in an engine or in a store shows in what passes between the two, or in what a client is told. So each
//! defect is planted there, as a layer that makes the traffic look as the defect would: what should have been refused
//! is written all the same, what should have been written is left out. Neither engine nor store has a line for it.
//!
//! ```text
//! client ◀─ door ─▶ engine ──▶ above (defects of the engine) ──▶ Chaos ──▶ below (defects of the store) ──▶ store
//! ```

mod engine;
mod store;
mod tests;

use std::sync::{Arc, Mutex, PoisonError};

use durable_core::{model::HostLease, store::Store};
use durable_engine::Options;

use crate::store::Layered;

/// A planted defect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bug {
    /// Store: what a host writes or takes under an epoch that is over is accepted.
    NoEpochCheck,
    /// Store: a turn is accepted whoever owns its instance.
    NoOwnerCheck,
    /// Store: a turn is accepted however many came before it.
    NoTurnCheck,
    /// Engine: a client is told that its call is done before it is written.
    AcknowledgedBeforeCommit,
    /// Store: a turn deletes all messages up to the last one that it consumed, also those that it never saw.
    CursorBySequence,
    /// Engine: what hosts announce gets lost, and no sweep looks for what nobody announced.
    LostNotifyWithoutSweep,
    /// Engine: activities are handed over to this host although all of its slots are taken.
    HandOverBeyondSlots,
    /// Engine: when the code of a turn panics, the results that came with it are not recorded.
    ResultDroppedWhenTurnPanics,
    /// Store: what a host lets go, instances and activities, stays its own.
    LeaseKeptAfterRelease,
    /// Store: who was in flight when a host died is charged as if it had been alone.
    PoisonChargedToInnocents,
    /// Store: a turn is accepted although its inbox holds earlier messages that it does not know.
    NoInboxCheck,
    /// Engine: what came by a claim whose answer was lost is not looked for.
    LostClaimsForgotten,
    /// Engine: whom an entity is locked for is not written.
    LocksForgotten,
    /// Engine: scheduled signals are delivered before their time.
    ScheduledTooEarly,
    /// Engine: those below a terminated orchestration are not told.
    TreesOutliveTheirRoot,
    /// Engine: retention takes what is finished since a moment ago.
    RemovedTooEarly,
    /// Engine: every try under a retry policy is the first one.
    TriesNotCounted,
}

impl Bug {
    pub(crate) const ALL: [Self; 17] = [
        Self::NoEpochCheck,
        Self::NoOwnerCheck,
        Self::NoTurnCheck,
        Self::AcknowledgedBeforeCommit,
        Self::CursorBySequence,
        Self::LostNotifyWithoutSweep,
        Self::HandOverBeyondSlots,
        Self::ResultDroppedWhenTurnPanics,
        Self::LeaseKeptAfterRelease,
        Self::PoisonChargedToInnocents,
        Self::NoInboxCheck,
        Self::LostClaimsForgotten,
        Self::LocksForgotten,
        Self::ScheduledTooEarly,
        Self::TreesOutliveTheirRoot,
        Self::RemovedTooEarly,
        Self::TriesNotCounted,
    ];
}

/// What the layers of all hosts know together.
#[derive(Default)]
pub(crate) struct Planted {
    /// Every lease that was ever given.
    leases: Mutex<Vec<HostLease>>,
}

impl Planted {
    /// The store with its defect.
    pub(crate) fn below(self: &Arc<Self>, bug: Option<Bug>, store: Arc<dyn Store>) -> Arc<dyn Store> {
        match bug {
            Some(bug) => Arc::new(Layered(store::Defect { bug, planted: self.clone(), below: store })),
            None => store,
        }
    }

    /// The way to the store, with the defect of the engine.
    pub(crate) fn above(self: &Arc<Self>, bug: Option<Bug>, store: Arc<dyn Store>) -> Arc<dyn Store> {
        match bug {
            Some(bug) => Arc::new(Layered(engine::Defect { bug, below: store })),
            None => store,
        }
    }

    /// What an engine is told of its options.
    pub(crate) fn options(bug: Option<Bug>, mut options: Options) -> Options {
        if bug == Some(Bug::HandOverBeyondSlots) {
            options.max_tasks *= 10;
        }
        options
    }

    fn note(&self, lease: HostLease) {
        self.leases.lock().unwrap_or_else(PoisonError::into_inner).push(lease);
    }

    fn leases(&self) -> Vec<HostLease> {
        self.leases.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
