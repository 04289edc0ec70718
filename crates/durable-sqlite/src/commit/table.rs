//! Rows as a JSON array of arrays, written without an intermediate form.

use std::io::Write;

use serde::Serialize;

use durable_core::{rows, store::StoreError};
use fnhost_protocol::json::JsonText;

/// Rows of one argument.
#[derive(Debug, Default)]
pub(super) struct Table {
    json: Vec<u8>,
    rows: usize,
}

impl Table {
    /// How many rows there are.
    pub(super) fn len(&self) -> usize {
        self.rows
    }

    /// A row that is one number.
    pub(super) fn number(&mut self, number: i64) -> Result<(), StoreError> {
        self.separate();
        write_number(&mut self.json, number)
    }

    /// A row of several values; ends when dropped.
    pub(super) fn row(&mut self) -> Cells<'_> {
        self.separate();
        self.json.push(b'[');
        Cells { json: &mut self.json, first: true }
    }

    fn separate(&mut self) {
        self.json.push(if self.rows == 0 { b'[' } else { b',' });
        self.rows += 1;
    }

    /// The whole array; `None` without rows.
    pub(super) fn into_json(mut self) -> Result<Option<String>, StoreError> {
        if self.rows == 0 {
            return Ok(None);
        }
        self.json.push(b']');
        String::from_utf8(self.json).map(Some).map_err(|error| StoreError::Permanent(error.to_string()))
    }
}

/// Values of one row, in order.
pub(super) struct Cells<'t> {
    json: &'t mut Vec<u8>,
    first: bool,
}

impl Cells<'_> {
    fn next(&mut self) -> &mut Vec<u8> {
        if !self.first {
            self.json.push(b',');
        }
        self.first = false;
        self.json
    }

    /// A whole number.
    pub(super) fn number(&mut self, number: impl Into<i64>) -> Result<&mut Self, StoreError> {
        write_number(self.next(), number.into())?;
        Ok(self)
    }

    /// A count, which SQLite keeps signed.
    pub(super) fn count(&mut self, count: u64) -> Result<&mut Self, StoreError> {
        let number = i64::try_from(count)
            .map_err(|_| StoreError::Permanent(format!("{count} is more than a column can keep")))?;
        self.number(number)
    }

    /// Nothing.
    pub(super) fn null(&mut self) -> &mut Self {
        self.next().extend_from_slice(b"null");
        self
    }

    /// A text.
    pub(super) fn text(&mut self, text: &str) -> Result<&mut Self, StoreError> {
        serde_json::to_writer(self.next(), text).map_err(|error| StoreError::Permanent(error.to_string()))?;
        Ok(self)
    }

    /// JSON, kept as text.
    pub(super) fn json(&mut self, json: Option<&JsonText>) -> Result<&mut Self, StoreError> {
        match json {
            Some(json) => self.text(json.as_str()),
            None => Ok(self.null()),
        }
    }

    /// A value, serialised and kept as text.
    pub(super) fn value<T: Serialize + ?Sized>(
        &mut self,
        what: &str,
        value: &T,
    ) -> Result<&mut Self, StoreError> {
        let text = rows::to_json(what, value)?;
        self.text(&text)
    }

    /// A value that may be absent.
    pub(super) fn optional<T: Serialize>(
        &mut self,
        what: &str,
        value: Option<&T>,
    ) -> Result<&mut Self, StoreError> {
        match value {
            Some(value) => self.value(what, value),
            None => Ok(self.null()),
        }
    }
}

impl Drop for Cells<'_> {
    fn drop(&mut self) {
        self.json.push(b']');
    }
}

fn write_number(json: &mut Vec<u8>, number: i64) -> Result<(), StoreError> {
    write!(json, "{number}").map_err(|error| StoreError::Permanent(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_json() {
        let mut table = Table::default();
        table.row().number(1).unwrap().text("a\"b").unwrap().null();
        table.row().count(2).unwrap().json(Some(&JsonText::string("x"))).unwrap();
        assert_eq!(table.len(), 2);
        assert_eq!(table.into_json().unwrap().unwrap(), r#"[[1,"a\"b",null],[2,"\"x\""]]"#);
        assert_eq!(Table::default().into_json().unwrap(), None);
    }
}
