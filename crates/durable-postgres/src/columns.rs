//! How values stand in columns, in both directions. What is read is validated: a column that cannot be
//! understood fails with the table and the row's key.

use serde::{Serialize, de::DeserializeOwned};
use sqlx::{Decode, Postgres, Row, Type, TypeInfo, ValueRef, postgres::PgRow};

use durable_core::{model::InstanceKind, store::StoreError};
use fnhost_protocol::status::RuntimeStatus;

use crate::error::bad_row;

/// Statuses in the order of their numbers, which are stored: only ever add at the end.
const STATUSES: [RuntimeStatus; 6] = [
    RuntimeStatus::Pending,
    RuntimeStatus::Running,
    RuntimeStatus::Suspended,
    RuntimeStatus::Completed,
    RuntimeStatus::Failed,
    RuntimeStatus::Terminated,
];

/// The number of a status.
pub(crate) fn status_number(status: RuntimeStatus) -> i16 {
    match status {
        RuntimeStatus::Pending => 0,
        RuntimeStatus::Running => 1,
        RuntimeStatus::Suspended => 2,
        RuntimeStatus::Completed => 3,
        RuntimeStatus::Failed => 4,
        RuntimeStatus::Terminated => 5,
    }
}

/// The number of a kind.
pub(crate) fn kind_number(kind: InstanceKind) -> i16 {
    match kind {
        InstanceKind::Orchestration => 0,
        InstanceKind::Entity => 1,
    }
}

/// A row with the name and key that an error is to tell.
pub(crate) struct Columns<'r> {
    row: &'r PgRow,
    table: &'static str,
}

impl<'r> Columns<'r> {
    /// Reads a row whose first column is its key.
    pub(crate) fn of(table: &'static str, row: &'r PgRow) -> Self {
        Self { row, table }
    }

    /// The problem that a value has.
    pub(crate) fn bad(&self, problem: impl std::fmt::Display) -> StoreError {
        let key = self
            .row
            .try_get::<i64, _>(0)
            .map(|key| key.to_string())
            .or_else(|_| self.row.try_get::<String, _>(0))
            .unwrap_or_else(|_| "with an unreadable key".to_owned());
        bad_row(self.table, key, problem)
    }

    /// A value as Postgres has it.
    pub(crate) fn get<T: Decode<'r, Postgres> + Type<Postgres>>(
        &self,
        column: &str,
    ) -> Result<T, StoreError> {
        self.row.try_get(column).map_err(|error| self.bad(error))
    }

    /// A whole number of any width.
    pub(crate) fn number<T: TryFrom<i64>>(&self, column: &str) -> Result<T, StoreError> {
        let value = self.row.try_get_raw(column).map_err(|error| self.bad(error))?;
        let found = match value.type_info().name() {
            "INT2" => self.get::<i16>(column)?.into(),
            "INT4" => self.get::<i32>(column)?.into(),
            _ => self.get::<i64>(column)?,
        };
        T::try_from(found).map_err(|_| self.bad(format_args!("{column} {found} is out of range")))
    }

    /// A status.
    pub(crate) fn status(&self, column: &str) -> Result<RuntimeStatus, StoreError> {
        let found: usize = self.number(column)?;
        STATUSES.get(found).copied().ok_or_else(|| self.bad(format_args!("unknown status {found}")))
    }

    /// A kind.
    pub(crate) fn kind(&self, column: &str) -> Result<InstanceKind, StoreError> {
        match self.number::<i64>(column)? {
            0 => Ok(InstanceKind::Orchestration),
            1 => Ok(InstanceKind::Entity),
            found => Err(self.bad(format_args!("unknown kind {found}"))),
        }
    }

    /// A value kept as JSON.
    pub(crate) fn json<T: DeserializeOwned>(&self, column: &str) -> Result<T, StoreError> {
        let text: &str = self.get(column)?;
        serde_json::from_str(text).map_err(|error| self.bad(format_args!("{column}: {error}")))
    }

    /// A value kept as JSON that may be absent.
    pub(crate) fn optional_json<T: DeserializeOwned>(&self, column: &str) -> Result<Option<T>, StoreError> {
        let text: Option<&str> = self.get(column)?;
        let read =
            |text| serde_json::from_str(text).map_err(|error| self.bad(format_args!("{column}: {error}")));
        text.map(read).transpose()
    }
}

/// Serialises what is kept as JSON.
pub(crate) fn to_json<T: Serialize + ?Sized>(what: &str, value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value)
        .map_err(|error| StoreError::Permanent(format!("{what} has no JSON form: {error}")))
}

/// A number as a signed column keeps it.
pub(crate) fn fit<W, T: TryFrom<W>>(number: W) -> Result<T, StoreError>
where
    W: Copy + std::fmt::Display,
{
    T::try_from(number).map_err(|_| StoreError::Permanent(format!("{number} is more than a column can keep")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_numbers_are_places() {
        for (number, status) in STATUSES.into_iter().enumerate() {
            assert_eq!(status_number(status), i16::try_from(number).unwrap());
            assert_eq!(status.is_terminal(), number >= 3);
        }
    }
}
