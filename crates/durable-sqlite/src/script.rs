//! Several statements that are one transaction and go to the writing connection in one call.
//!
//! Arguments are numbered over the whole script: `$1` is the same value in every statement. (Not `?1`: a statement
//! that leaves numbers out gets placeholders for them, which the driver fills up by counting on.)

use sqlx::{Encode, Sqlite, Type, sqlite::SqliteArguments};

use durable_core::store::StoreError;

/// A transaction as text. Every part is exactly one statement, so that the statement that fails is known by its
/// number.
#[derive(Debug)]
pub(crate) struct Script {
    pub(crate) sql: String,
    /// How many statements there are; the last is the `COMMIT`, if there is one.
    pub(crate) statements: usize,
    /// Whether the script ends the transaction.
    pub(crate) commits: bool,
}

impl Script {
    /// Nothing yet, within a transaction that has begun.
    pub(crate) fn go_on() -> Self {
        Self { sql: String::with_capacity(4096), statements: 0, commits: false }
    }

    /// Begins a transaction that writes: it waits for its turn at once, instead of failing half-way.
    pub(crate) fn begin() -> Self {
        Self::go_on().then("BEGIN IMMEDIATE")
    }

    /// Adds a statement.
    #[must_use]
    pub(crate) fn then(mut self, statement: &str) -> Self {
        self.push(statement);
        self
    }

    /// Adds a statement.
    pub(crate) fn push(&mut self, statement: &str) {
        if self.statements > 0 {
            self.sql.push_str(";\n");
        }
        self.sql.push_str(statement);
        self.statements += 1;
    }

    /// Ends the transaction.
    #[must_use]
    pub(crate) fn commit(mut self) -> Self {
        self.push("COMMIT");
        self.commits = true;
        self
    }
}

/// The values of a script.
#[derive(Debug, Default)]
pub(crate) struct Values(pub(crate) SqliteArguments);

impl Values {
    /// Adds the next value.
    pub(crate) fn push<'v, T: Encode<'v, Sqlite> + Type<Sqlite>>(
        &mut self,
        value: T,
    ) -> Result<(), StoreError> {
        sqlx::Arguments::add(&mut self.0, value).map_err(|error| StoreError::Permanent(error.to_string()))
    }

    /// Adds the next value.
    pub(crate) fn with<'v, T: Encode<'v, Sqlite> + Type<Sqlite>>(
        mut self,
        value: T,
    ) -> Result<Self, StoreError> {
        self.push(value)?;
        Ok(self)
    }
}
