//! How Postgres keeps cells, in both directions.

use sqlx::{Decode, Postgres, Row, Type, TypeInfo, ValueRef, postgres::PgRow};

use durable_core::{
    rows::{self, Cells},
    store::StoreError,
};

/// The columns of a row.
pub(crate) type Columns<'r> = rows::Columns<PostgresCells<'r>>;

/// A row whose first column is its key.
pub(crate) fn columns<'r>(table: &'static str, row: &'r PgRow) -> Columns<'r> {
    Columns::of(table, PostgresCells(row))
}

/// A row as the driver has it.
pub(crate) struct PostgresCells<'r>(&'r PgRow);

impl<'r> PostgresCells<'r> {
    fn get<T: Decode<'r, Postgres> + Type<Postgres>>(&self, column: &str) -> Result<Option<T>, String> {
        self.0.try_get(column).map_err(|error| error.to_string())
    }
}

impl Cells for PostgresCells<'_> {
    fn integer(&self, column: &str) -> Result<Option<i64>, String> {
        let cell = self.0.try_get_raw(column).map_err(|error| error.to_string())?;
        Ok(match cell.type_info().name() {
            "INT2" => self.get::<i16>(column)?.map(i64::from),
            "INT4" => self.get::<i32>(column)?.map(i64::from),
            _ => self.get::<i64>(column)?,
        })
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

/// A number as a signed column keeps it.
pub(crate) fn fit<W, T: TryFrom<W>>(number: W) -> Result<T, StoreError>
where
    W: Copy + std::fmt::Display,
{
    T::try_from(number).map_err(|_| StoreError::Permanent(format!("{number} is more than a column can keep")))
}
