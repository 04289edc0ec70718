//! Reading cells by the name of their column.

use std::fmt::Display;

use fnhost_protocol::{history, ids::InstanceId, json::JsonText, status::RuntimeStatus, time::Timestamp};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    model::{InstanceKey, InstanceKind, TaskRef},
    rows::numbers,
    store::StoreError,
};

/// A row as a database driver has it. Each method reads one cell; `None` is NULL, an error says what is wrong with the
/// column or its type.
pub trait Cells {
    /// A whole number of any width.
    ///
    /// # Errors
    /// The row has no such column, or something else stands there.
    fn integer(&self, column: &str) -> Result<Option<i64>, String>;

    /// A text.
    ///
    /// # Errors
    /// As for [`integer`](Self::integer).
    fn text(&self, column: &str) -> Result<Option<&str>, String>;

    /// Bytes.
    ///
    /// # Errors
    /// As for [`integer`](Self::integer).
    fn bytes(&self, column: &str) -> Result<Option<&[u8]>, String>;

    /// What stands in the first column, by which an error names the row; `None` when it cannot be read.
    fn first(&self) -> Option<String>;
}

/// A row with the table that an error is to tell. Its first column is its key.
#[derive(Debug)]
pub struct Columns<R> {
    table: &'static str,
    row: R,
}

impl<R: Cells> Columns<R> {
    /// A row of this table.
    pub fn of(table: &'static str, row: R) -> Self {
        Self { table, row }
    }

    /// The problem that a cell has.
    pub fn bad(&self, problem: impl Display) -> StoreError {
        let key = self.row.first().unwrap_or_else(|| "with an unreadable key".to_owned());
        bad_row(self.table, key, problem)
    }

    /// A whole number.
    ///
    /// # Errors
    /// Here and below: [`StoreError::Permanent`] with table, key and problem when the cell is not what it must be.
    pub fn integer(&self, column: &str) -> Result<i64, StoreError> {
        self.optional_integer(column)?.ok_or_else(|| self.missing(column))
    }

    /// A whole number, unless it is NULL.
    ///
    /// # Errors
    /// As for [`integer`](Self::integer).
    pub fn optional_integer(&self, column: &str) -> Result<Option<i64>, StoreError> {
        self.row.integer(column).map_err(|problem| self.bad(problem))
    }

    /// A whole number of another width.
    ///
    /// # Errors
    /// As for [`integer`](Self::integer).
    pub fn number<T: TryFrom<i64>>(&self, column: &str) -> Result<T, StoreError> {
        let found = self.integer(column)?;
        T::try_from(found).map_err(|_| self.bad(format_args!("{column} {found} is out of range")))
    }

    /// A text.
    ///
    /// # Errors
    /// As for [`integer`](Self::integer).
    pub fn text(&self, column: &str) -> Result<&str, StoreError> {
        self.optional_text(column)?.ok_or_else(|| self.missing(column))
    }

    /// A text, unless it is NULL.
    ///
    /// # Errors
    /// As for [`integer`](Self::integer).
    pub fn optional_text(&self, column: &str) -> Result<Option<&str>, StoreError> {
        self.row.text(column).map_err(|problem| self.bad(problem))
    }

    /// Bytes.
    ///
    /// # Errors
    /// As for [`integer`](Self::integer).
    pub fn bytes(&self, column: &str) -> Result<&[u8], StoreError> {
        let found = self.row.bytes(column).map_err(|problem| self.bad(problem))?;
        found.ok_or_else(|| self.missing(column))
    }

    /// A value kept as JSON.
    ///
    /// # Errors
    /// As for [`integer`](Self::integer).
    pub fn json<T: DeserializeOwned>(&self, column: &str) -> Result<T, StoreError> {
        self.optional_json(column)?.ok_or_else(|| self.missing(column))
    }

    /// A value kept as JSON, unless it is NULL.
    ///
    /// # Errors
    /// As for [`integer`](Self::integer).
    pub fn optional_json<T: DeserializeOwned>(&self, column: &str) -> Result<Option<T>, StoreError> {
        let read =
            |text| serde_json::from_str(text).map_err(|error| self.bad(format_args!("{column}: {error}")));
        self.optional_text(column)?.map(read).transpose()
    }

    /// A user's JSON, which nobody looks into, unless it is NULL.
    ///
    /// # Errors
    /// As for [`integer`](Self::integer).
    pub fn payload(&self, column: &str) -> Result<Option<JsonText>, StoreError> {
        Ok(self.optional_text(column)?.map(JsonText::from_stored))
    }

    /// A point in time, in microseconds since 1970.
    ///
    /// # Errors
    /// As for [`integer`](Self::integer).
    pub fn time(&self, column: &str) -> Result<Timestamp, StoreError> {
        self.integer(column).map(Timestamp::from_micros)
    }

    /// A point in time, unless it is NULL.
    ///
    /// # Errors
    /// As for [`integer`](Self::integer).
    pub fn optional_time(&self, column: &str) -> Result<Option<Timestamp>, StoreError> {
        Ok(self.optional_integer(column)?.map(Timestamp::from_micros))
    }

    /// The key of an instance.
    ///
    /// # Errors
    /// As for [`integer`](Self::integer).
    pub fn instance_key(&self, column: &str) -> Result<InstanceKey, StoreError> {
        self.integer(column).map(InstanceKey)
    }

    /// The id of an instance.
    ///
    /// # Errors
    /// As for [`integer`](Self::integer).
    pub fn instance_id(&self, column: &str) -> Result<InstanceId, StoreError> {
        self.text(column).map(InstanceId::from_stored)
    }

    /// A status.
    ///
    /// # Errors
    /// As for [`integer`](Self::integer).
    pub fn status(&self, column: &str) -> Result<RuntimeStatus, StoreError> {
        let found = self.integer(column)?;
        numbers::status(found).ok_or_else(|| self.bad(format_args!("unknown status {found}")))
    }

    /// A kind of instance.
    ///
    /// # Errors
    /// As for [`integer`](Self::integer).
    pub fn kind(&self, column: &str) -> Result<InstanceKind, StoreError> {
        let found = self.integer(column)?;
        numbers::kind(found).ok_or_else(|| self.bad(format_args!("unknown kind {found}")))
    }

    /// A call or timer, from the columns `instance`, `generation` and `task`.
    ///
    /// # Errors
    /// As for [`integer`](Self::integer).
    pub fn task(&self) -> Result<TaskRef, StoreError> {
        Ok(TaskRef {
            instance: self.instance_key("instance")?,
            generation: self.number("generation")?,
            task: self.number("task")?,
        })
    }

    /// Refuses a row whose column `format` says that a later build has written it.
    ///
    /// # Errors
    /// As for [`integer`](Self::integer).
    pub fn check_format(&self) -> Result<(), StoreError> {
        history::check_format(self.integer("format")?).map_err(|unknown| self.bad(unknown))
    }

    fn missing(&self, column: &str) -> StoreError {
        self.bad(format_args!("{column} is missing"))
    }
}

/// Serialises what is kept as JSON.
///
/// # Errors
/// [`StoreError::Permanent`] that says what it was, when it has no JSON form.
pub fn to_json<T: Serialize + ?Sized>(what: &str, value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value)
        .map_err(|error| StoreError::Permanent(format!("{what} has no JSON form: {error}")))
}

/// A row that cannot be understood.
pub fn bad_row(table: &str, key: impl Display, problem: impl Display) -> StoreError {
    StoreError::Permanent(format!("table {table}, row {key}: {problem}"))
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    /// A cell of each type that a database may hand out.
    enum Cell {
        Integer(i64),
        Text(&'static str),
        Bytes(&'static [u8]),
    }

    struct Row(HashMap<&'static str, Option<Cell>>);

    impl Row {
        fn cell(&self, column: &str) -> Result<Option<&Cell>, String> {
            self.0.get(column).map(Option::as_ref).ok_or_else(|| format!("no column {column}"))
        }
    }

    impl Cells for Row {
        fn integer(&self, column: &str) -> Result<Option<i64>, String> {
            match self.cell(column)? {
                Some(Cell::Integer(number)) => Ok(Some(*number)),
                Some(_) => Err(format!("{column} is no number")),
                None => Ok(None),
            }
        }

        fn text(&self, column: &str) -> Result<Option<&str>, String> {
            match self.cell(column)? {
                Some(Cell::Text(text)) => Ok(Some(text)),
                Some(_) => Err(format!("{column} is no text")),
                None => Ok(None),
            }
        }

        fn bytes(&self, column: &str) -> Result<Option<&[u8]>, String> {
            match self.cell(column)? {
                Some(Cell::Bytes(bytes)) => Ok(Some(bytes)),
                Some(_) => Err(format!("{column} is no blob")),
                None => Ok(None),
            }
        }

        fn first(&self) -> Option<String> {
            self.integer("key").ok().flatten().map(|key| key.to_string())
        }
    }

    fn row() -> Columns<Row> {
        let cells = [
            ("key", Some(Cell::Integer(7))),
            ("large", Some(Cell::Integer(1 << 40))),
            ("text", Some(Cell::Text("[1,2]"))),
            ("hash", Some(Cell::Bytes(b"abc"))),
            ("nothing", None),
        ];
        Columns::of("things", Row(HashMap::from(cells)))
    }

    fn problem<T: std::fmt::Debug>(found: Result<T, StoreError>) -> String {
        let Err(StoreError::Permanent(problem)) = found else { panic!("{found:?} is no bad row") };
        problem
    }

    #[test]
    fn cells_are_what_they_must_be() {
        let row = row();
        assert_eq!(row.number::<u8>("key").unwrap(), 7);
        assert_eq!(row.json::<Vec<u8>>("text").unwrap(), [1, 2]);
        assert_eq!(row.bytes("hash").unwrap(), b"abc");
        assert_eq!(row.optional_json::<u8>("nothing").unwrap(), None);
        assert_eq!(row.optional_time("nothing").unwrap(), None);
        assert_eq!(row.payload("nothing").unwrap(), None);
    }

    #[test]
    fn a_bad_cell_is_told_with_its_table_and_key() {
        let row = row();
        let told = [
            (problem(row.integer("nothing")), "nothing is missing"),
            (problem(row.text("nothing")), "nothing is missing"),
            (problem(row.json::<u8>("nothing")), "nothing is missing"),
            (problem(row.integer("other")), "no column other"),
            (problem(row.number::<u32>("large")), "large 1099511627776 is out of range"),
            (problem(row.status("key")), "unknown status 7"),
            (problem(row.kind("key")), "unknown kind 7"),
            (problem(row.json::<u8>("text")), "text: invalid type: sequence, expected u8 at line 1 column 0"),
        ];
        for (found, expected) in told {
            assert_eq!(found, format!("table things, row 7: {expected}"));
        }
    }

    #[test]
    fn a_row_without_a_key_is_told_as_such() {
        let row = Columns::of("things", Row(HashMap::new()));
        assert_eq!(problem(row.text("id")), "table things, row with an unreadable key: no column id");
    }
}
