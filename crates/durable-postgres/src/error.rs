//! What can go wrong, told apart by who acts next: SQLSTATEs become the contract's kinds here and nowhere else.

use sqlx::postgres::{PgDatabaseError, PgSeverity};

use durable_core::store::StoreError;

use crate::schema;

/// Why a database could not be opened as a store. The texts fit "failed to open the durable store: {error}".
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The connection string cannot be read.
    #[error("`{url}` is no connection string: {why}")]
    Url {
        /// What was found, without a password.
        url: String,
        /// What is wrong with it.
        why: String,
    },
    /// No schema can have that name.
    #[error("`{name}` cannot be the name of a schema; allowed: 1 to 63 bytes")]
    SchemaName {
        /// What was found.
        name: String,
    },
    /// The server does not prove who it is, as `sslmode` asks it to.
    #[error(
        "`{place}` does not prove who it is: {why}; name the certificate of its authority with `sslrootcert=FILE`, or do \
         without a proof with `sslmode=require`"
    )]
    Untrusted {
        /// The database.
        place: String,
        /// What is wrong with its certificate.
        why: String,
    },
    /// Nobody answered for as long as patience lasted.
    #[error("`{place}` could not be reached for {seconds} seconds: {why}")]
    Unreachable {
        /// The database.
        place: String,
        /// How long it was tried.
        seconds: u64,
        /// What came last.
        why: String,
    },
    /// The schema was written by a later build.
    #[error(
        "schema \"{schema}\" of `{place}` has version {found}, this build knows versions up to {}; start a newer \
         build, or choose another schema",
        schema::NEWEST
    )]
    NewerSchema {
        /// The database.
        place: String,
        /// The schema.
        schema: String,
        /// Its version.
        found: i32,
    },
    /// The schema belongs to something else.
    #[error(
        "schema \"{schema}\" of `{place}` belongs to another program: it has \"{table}\"; choose another schema"
    )]
    Foreign {
        /// The database.
        place: String,
        /// The schema.
        schema: String,
        /// One of its tables.
        table: String,
    },
    /// Something between here and the database gives each transaction another session.
    #[error(
        "`{place}` is a connection pooler in transaction mode (such as PgBouncer), in which notifications and the \
         settings of a session get lost; connect to Postgres itself, or to a pool with `pool_mode = session`"
    )]
    TransactionPooler {
        /// The pooler.
        place: String,
    },
    /// Postgres refused.
    #[error("cannot open `{place}`: {source}")]
    Store {
        /// The database.
        place: String,
        /// Why.
        source: StoreError,
    },
}

impl OpenError {
    pub(crate) fn postgres(place: &str, error: &sqlx::Error) -> Self {
        Self::Store { place: place.to_owned(), source: classify(error) }
    }
}

/// SQLSTATEs that the store's own functions raise.
pub(crate) mod raised {
    /// The epoch is over, or the batch is not the next.
    pub(crate) const FENCED: &str = "FN001";
    /// What the batch rests on is not so.
    pub(crate) const NOT_SO: &str = "FN002";
}

/// What the database itself said, with its code.
pub(crate) fn said(error: &sqlx::Error) -> Option<&PgDatabaseError> {
    error.as_database_error()?.try_downcast_ref()
}

/// What is wrong with the certificate of a server that was connected to. Trying again does not help.
pub(crate) fn distrust(error: &sqlx::Error) -> Option<String> {
    match error {
        sqlx::Error::Io(error) if error.kind() == std::io::ErrorKind::InvalidData => Some(error.to_string()),
        _ => None,
    }
}

/// Whether a batch was refused because others have changed what it rests on: also an id that was free a moment ago.
pub(crate) fn is_not_so(error: &sqlx::Error) -> bool {
    said(error).is_some_and(|said| {
        said.code() == raised::NOT_SO
            || (said.code() == "23505" && said.constraint() == Some("instances_by_id"))
    })
}

/// Whether it is certain that nothing was changed: the database said so, or was not asked. Otherwise the connection
/// broke off. (A fatal error ends the session, perhaps after the commit and before the answer.)
pub(crate) fn is_certain(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Encode(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed => true,
        error => said(error).is_some_and(|said| said.severity() == PgSeverity::Error),
    }
}

/// An error of a call that has certainly changed nothing.
pub(crate) fn classify(error: &sqlx::Error) -> StoreError {
    let Some(said) = said(error) else {
        return match error {
            sqlx::Error::PoolClosed => StoreError::Permanent("the store is closed".to_owned()),
            sqlx::Error::PoolTimedOut => {
                StoreError::Retry("all connections are in use, or none can be made".to_owned())
            }
            sqlx::Error::Io(_) | sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed => {
                StoreError::Retry(format!("the connection to the database was lost ({error})"))
            }
            _ => StoreError::Permanent(error.to_string()),
        };
    };
    let code = said.code();
    let text = format!("{} (SQLSTATE {code})", said.message());
    match kind(code) {
        Kind::Passes => StoreError::Retry(text),
        Kind::Stays(None) => StoreError::Permanent(text),
        Kind::Stays(Some(hint)) => StoreError::Permanent(format!("{hint}: {text}")),
    }
}

/// An error of a statement that writes: where nobody knows, it says so.
pub(crate) fn classify_write(error: &sqlx::Error) -> StoreError {
    match classify(error) {
        StoreError::Retry(text) if !is_certain(error) => StoreError::UnknownOutcome(text),
        classified => classified,
    }
}

/// What a code means to whoever acts next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Goes away by itself.
    Passes,
    /// Somebody has to do something: perhaps what.
    Stays(Option<&'static str>),
}

fn kind(code: &str) -> Kind {
    let hint = match code {
        // Serialization, deadlock, time-outs of locks, statements and idle transactions, too many connections,
        // shut down, crashed, starting up, disconnected.
        "40001" | "40P01" | "55P03" | "57014" | "25P03" | "53300" | "57P01" | "57P02" | "57P03" | "57P05" => {
            return Kind::Passes;
        }
        "53100" => "no space is left for the database; free some",
        "53200" => "the database has too little memory",
        "25006" => "the database cannot be written: a standby, or set read-only",
        "26000" | "42P05" | "08P01" => {
            "this session is not ours alone; is that a pooler in transaction mode (such as PgBouncer)? Connect to \
             Postgres itself, or to a pool with `pool_mode = session`"
        }
        "28P01" | "28000" => "the database does not let us in",
        "42501" => "the database user lacks a right",
        "3D000" => "the database is missing; create it",
        "42P01" | "42883" | "42704" | "3F000" => "the schema is not what it was; was it dropped?",
        "58030" | "58P01" | "XX001" | "XX002" => "the database's disk failed or its files are damaged",
        _ if code.starts_with("08") => return Kind::Passes,
        _ if code.starts_with("23") => "a row is not allowed",
        _ => return Kind::Stays(None),
    };
    Kind::Stays(Some(hint))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_tell_who_acts_next() {
        for code in ["40P01", "57014", "57P03", "08006", "53300"] {
            assert_eq!(kind(code), Kind::Passes, "{code}");
        }
        for code in ["53100", "25006", "26000", "23505", "22021"] {
            assert!(matches!(kind(code), Kind::Stays(_)), "{code}");
        }
    }

    #[test]
    fn a_connection_that_dies_in_a_write_leaves_its_outcome_unknown() {
        let lost = sqlx::Error::Io(std::io::ErrorKind::UnexpectedEof.into());
        assert!(matches!(classify(&lost), StoreError::Retry(_)));
        assert!(classify_write(&lost).is_unknown());
        assert!(matches!(classify_write(&sqlx::Error::PoolTimedOut), StoreError::Retry(_)));
    }
}
