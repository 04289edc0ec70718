//! From a batch to one statement.
//!
//! ```text
//!   batch ──▶ facts ──▶ decision (pure: stages 1–6) ──▶ rows ──▶ one statement ──▶ outcomes
//!               │                                                    │ checks, under locks, that the
//!    assumed ───┤  what the engine expects                           │ facts are so
//!    read ──────┘  when that was wrong: read first ◀─────────────────┘ or writes nothing
//! ```
//!
//! The decision is made here and holds inside of the database: whatever it rests on is checked in the same statement
//! that writes, after the locks are taken. What others change in between costs another round, never a wrong row. As a
//! rule the first round is the only one.

mod answer;
mod encode;
mod facts;
mod fences;
mod rests;
mod table;
mod tables;

use durable_core::{
    decision::{Decision, Facts},
    store::{Batch, CommitOutcome, StoreError},
};

use crate::{
    commit::{answer::Answer, encode::COMMIT, rests::Rests},
    database::Database,
    hub::Hub,
    writer::{Session, Written},
};

pub(crate) use table::RowTypes;

/// So often a batch is decided anew because others wrote the same rows in between.
const ROUNDS: usize = 8;

/// Writes a batch in one transaction and answers one outcome per item.
pub(crate) async fn commit(
    database: &Database,
    hub: &Hub,
    batch: &Batch,
) -> Result<Vec<CommitOutcome>, StoreError> {
    hub.check(batch.lease)?;
    let mut session = database.writer.session(batch.lease).await?;
    if let Some((facts, rests)) = facts::assume(batch)
        && let Some(outcomes) = round(&mut session, database, hub, batch, facts, rests).await?
    {
        return Ok(outcomes);
    }
    for _ in 0..ROUNDS {
        let (facts, rests) = fences::read(&mut session, hub, batch).await?;
        if let Some(outcomes) = round(&mut session, database, hub, batch, facts, rests).await? {
            return Ok(outcomes);
        }
    }
    Err(StoreError::Retry(format!("others have changed the same instances {ROUNDS} times in a row")))
}

/// Decides and writes; `None` when what the decision rests on is not so.
async fn round(
    session: &mut Session<'_>,
    database: &Database,
    hub: &Hub,
    batch: &Batch,
    facts: Facts,
    rests: Rests<'_>,
) -> Result<Option<Vec<CommitOutcome>>, StoreError> {
    let decision = match Decision::make(batch, facts, 1) {
        Ok(decision) => decision,
        // Impossible under an assumption tells that the assumption is wrong.
        Err(_) if rests.is_assumed() => return Ok(None),
        Err(error) => return Err(error),
    };
    let values = encode::encode(&decision, &rests, hub, &database.types, session.numbers())?;
    match session.write(COMMIT, values).await {
        Ok(Written::NotSo) => Ok(None),
        Ok(Written::Yes(numbers)) => {
            let answer = Answer::new(numbers, decision.rows().inbox.len());
            let mut outcomes = decision.outcomes();
            answer.fill(&mut outcomes)?;
            Ok(Some(outcomes))
        }
        // So does a key that is in use: it may be a start that was written before.
        Err(StoreError::Permanent(_)) if rests.is_assumed() => Ok(None),
        Err(error) => Err(error),
    }
}
