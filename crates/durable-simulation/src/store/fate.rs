//! What becomes of a commit that has reached its store.

use std::time::Duration;

use durable_core::store::{Batch, Commit, StoreError, TurnOrigin};

use super::{Chaos, describe::subject};

/// What becomes of a commit on its way.
pub(super) enum Fate {
    /// It is written, and the answer comes back.
    Written,
    /// It fails before anything is written.
    Failed(StoreError),
    /// It is written or not, and the host does not learn which.
    Unknown(Fortune),
    /// All but these items are written: they are said to be fenced.
    Fenced(Vec<usize>),
}

/// What becomes of a commit whose outcome is unknown.
#[derive(Debug, Clone, Copy)]
pub(super) enum Fortune {
    Written,
    NotWritten,
    /// It arrives after so long, when its host has given it up.
    Late(Duration),
}

impl Chaos {
    pub(super) fn fate(&self, batch: &Batch) -> Fate {
        let now = self.world.clock.since_beginning();
        // A store in the host's own process loses nothing on the way.
        let is_far = self.world.plan.lease.is_some();
        // Not simulated, because it would be found: a start without an answer is written again under its key, and when its
        // instance has run, finished and been removed in the meantime, nothing is left of the key and it begins once
        // more. Only an operation's id that outlives the instance could prevent that.
        let forgets = self.world.plan.removes() && batch.commits.iter().any(begins_an_instance);
        self.world.with(|state| {
            let faults = &state.faults;
            state.cursed.retain(|(_, until)| *until > now);
            if !batch.commits.is_empty() && state.random.chance(faults.refused) {
                let item = state.random.pick(&batch.commits);
                state.cursed.push((subject(item), now + state.random.millis(1..3_000)));
            }
            if batch
                .commits
                .iter()
                .any(|item| state.cursed.iter().any(|(cursed, _)| *cursed == subject(item)))
            {
                return Fate::Failed(StoreError::Permanent("the database refuses an item".to_owned()));
            }
            if state.random.chance(faults.busy) {
                return Fate::Failed(StoreError::Retry("as the seed wants".to_owned()));
            }
            if state.random.chance(faults.unknown) {
                return Fate::Unknown(match state.random.number(0..5) {
                    0..2 if !forgets => Fortune::Written,
                    4 if is_far && !forgets => Fortune::Late(state.random.millis(0..3_000)),
                    _ => Fortune::NotWritten,
                });
            }
            if state.random.chance(faults.fenced) {
                let chosen = |(_, item): &(usize, &Commit)| {
                    matches!(item, Commit::Turn(_)) && state.random.chance(500)
                };
                return Fate::Fenced(
                    batch.commits.iter().enumerate().filter(chosen).map(|(at, _)| at).collect(),
                );
            }
            Fate::Written
        })
    }
}

/// Whether an item is a client's start.
fn begins_an_instance(item: &Commit) -> bool {
    match item {
        Commit::Start(_) => true,
        Commit::Turn(turn) => matches!(turn.origin, TurnOrigin::New { .. }),
        _ => false,
    }
}
