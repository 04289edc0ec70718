//! From a batch to one script.
//!
//! ```text
//!   batch ──▶ facts ──▶ decision (pure: stages 1–6) ──▶ rows ──▶ one script ──▶ COMMIT ──▶ outcomes
//!               │
//!    assumed ───┤  what the engine expects: fences hold, generated ids are free. The script itself checks it
//!               │  and stops when it is wrong. One call for everything.
//!    read ──────┘  when ids must be looked up, or an assumption was wrong: one call to begin and read, one
//!                  to write and commit.
//! ```
//!
//! Either way the decision is made from facts that hold inside the transaction. Rows go in as JSON arrays, one
//! argument per table, so that the SQL is constant whatever the size of the batch.

mod encode;
mod facts;
mod fences;
mod statements;
mod table;
mod tables;

use durable_core::{
    decision::Decision,
    store::{Batch, CommitOutcome, StoreError},
};

use crate::{
    database::Database,
    hub::Hub,
    writer::{Session, Stopped},
};

/// Writes a batch in one transaction and answers one outcome per item.
pub(crate) async fn commit(
    database: &Database,
    hub: Hub,
    batch: &Batch,
) -> Result<Vec<CommitOutcome>, StoreError> {
    hub.check(batch.lease)?;
    let mut session = database.writer.session().await?;
    // A decision that is impossible under an assumption tells that the assumption is wrong.
    let assumed = facts::assume(batch).map(|facts| Decision::make(batch, facts, database.sequence()));
    if let Some(Ok(decision)) = assumed {
        match write(&mut session, database, hub, decision, How::Assumed).await {
            Err(Stopped { constraint: true, .. }) => {}
            done => return done.map_err(|stopped| stopped.error),
        }
    }
    let facts = fences::read(&mut session, hub, batch).await?;
    let decision = match Decision::make(batch, facts, database.sequence()) {
        Ok(decision) => decision,
        Err(error) => {
            session.give_up().await;
            return Err(error);
        }
    };
    write(&mut session, database, hub, decision, How::Read).await.map_err(|stopped| stopped.error)
}

/// Where the facts of a decision come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    /// From the batch alone; the script must begin the transaction and check them.
    Assumed,
    /// From this transaction.
    Read,
}

async fn write(
    session: &mut Session<'_>,
    database: &Database,
    hub: Hub,
    decision: Decision<'_>,
    how: How,
) -> Result<Vec<CommitOutcome>, Stopped> {
    let encoded = encode::encode(&decision, hub, how);
    let (script, values) = match encoded {
        Ok(encoded) => encoded,
        Err(error) => {
            session.give_up().await;
            return Err(Stopped { error, constraint: false });
        }
    };
    // Even when the outcome stays unknown: a number is never drawn twice.
    database.advance_sequence(decision.next_number());
    session.run(script, values, |_, _| Ok(())).await?;
    Ok(decision.outcomes())
}

/// The SQL of all scripts.
#[cfg(test)]
pub(crate) fn all_statements() -> Vec<&'static str> {
    [statements::all(), fences::STATEMENTS.into()].concat()
}
