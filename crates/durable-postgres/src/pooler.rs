//! Whether the sessions that the store gets are its own.
//!
//! A pooler in transaction mode gives each transaction whichever server session is free. Notifications, settings and
//! prepared statements belong to a session, so all of them get lost there, now and then and without a word. That has to
//! be found out before it happens.

use sqlx::{Connection, PgConnection};

/// Whether two connections turn out to share sessions: while `other` holds one in a transaction, `one` must still have
/// the session that it had before, and that is not the one which `other` has.
pub(crate) async fn sessions_are_shared(
    one: &mut PgConnection,
    other: &mut PgConnection,
) -> Result<bool, sqlx::Error> {
    let before = session(one).await?;
    let mut transaction = other.begin().await?;
    let held = session(&mut transaction).await?;
    let after = session(one).await?;
    transaction.rollback().await?;
    Ok(are_shared(before, held, after))
}

fn are_shared(before: i32, held: i32, after: i32) -> bool {
    held == before || after != before
}

async fn session(connection: &mut PgConnection) -> Result<i32, sqlx::Error> {
    // Not prepared: behind a pooler that would be the first thing to fail.
    sqlx::query_scalar("SELECT pg_backend_pid()").persistent(false).fetch_one(connection).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_of_ones_own_stays_and_is_nobody_elses() {
        assert!(!are_shared(1, 2, 1));
        assert!(are_shared(1, 1, 2), "the other one got it");
        assert!(are_shared(1, 2, 3), "it was changed meanwhile");
    }
}
