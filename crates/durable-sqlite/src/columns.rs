//! How SQLite keeps cells, in both directions.

use std::time::SystemTime;

use sqlx::{Decode, Row, Sqlite, Type, sqlite::SqliteRow};

use durable_core::rows::{self, Cells};

/// The columns of a row.
pub(crate) type Columns<'r> = rows::Columns<SqliteCells<'r>>;

/// A row whose first column is its key.
pub(crate) fn columns<'r>(table: &'static str, row: &'r SqliteRow) -> Columns<'r> {
    Columns::of(table, SqliteCells(row))
}

/// A row as the driver has it.
pub(crate) struct SqliteCells<'r>(&'r SqliteRow);

impl<'r> SqliteCells<'r> {
    fn get<T: Decode<'r, Sqlite> + Type<Sqlite>>(&self, column: &str) -> Result<Option<T>, String> {
        self.0.try_get(column).map_err(|error| error.to_string())
    }
}

impl Cells for SqliteCells<'_> {
    fn integer(&self, column: &str) -> Result<Option<i64>, String> {
        self.get(column)
    }

    fn text(&self, column: &str) -> Result<Option<&str>, String> {
        self.get(column)
    }

    fn bytes(&self, column: &str) -> Result<Option<&[u8]>, String> {
        self.get(column)
    }

    fn first(&self) -> Option<String> {
        let number = self.0.try_get::<i64, _>(0).map(|key| key.to_string());
        number.or_else(|_| self.0.try_get::<String, _>(0)).ok()
    }
}

/// The machine's time, for what operators read.
pub(crate) fn micros_since_1970() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}
