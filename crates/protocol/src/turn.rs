//! One run of an orchestrator over what is new: what the engine asks a worker, and what it answers.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{action::Action, failure::Failure, history::HistoryEvent, ids::InstanceId};

/// A request to run an orchestrator over new events.
///
/// A worker that still holds the code's state of exactly (`session`, `base`) goes on from there; one that does
/// not, and got no `history`, answers [`TurnOutcome::NeedHistory`] and is asked again with it. So a future kept
/// alive is a cache behind the seam and never a different meaning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    /// Which instance.
    pub instance: InstanceId,
    /// The orchestrator function to run (the handler's name).
    pub function: String,
    /// Which execution of the instance: counts continue-as-new.
    pub generation: u32,
    /// Drawn anew by the engine whenever it has (re)loaded the instance: kept state of another session is stale.
    pub session: u64,
    /// How many turns came before this one.
    pub base: u64,
    /// Everything that happened in this execution before `new_events`, when the worker asked for it.
    pub history: Option<Arc<[HistoryEvent]>>,
    /// What is new; begins with `TurnStarted`.
    pub new_events: Arc<[HistoryEvent]>,
}

/// What a worker answers to a [`Turn`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum TurnOutcome {
    /// The code ran; this is what it asks for beyond what history records.
    Actions(Vec<Action>),
    /// The code does not do what history says it did: where they part, and what each says. Nothing of the turn is
    /// done; the instance is suspended, so that other code can go on with it.
    Diverged(Failure),
    /// The worker has no state for (`session`, `base`): send the whole history.
    NeedHistory,
}
