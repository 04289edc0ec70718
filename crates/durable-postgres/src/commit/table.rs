//! Rows as Postgres takes an array of a row type in binary, written without an intermediate form.
//!
//! ```text
//! array  dimensions = 1 │ has nulls = 0 │ type of an element │ elements │ first = 1 │ length, element …
//! row    fields │ type, length, bytes …                          length −1 is NULL
//! ```
//!
//! All numbers are big-endian, 32 bits. One array of a row type costs the server a quarter of what as many arrays as
//! there are columns cost.

use std::collections::HashMap;

use serde::Serialize;
use sqlx::{
    Encode, PgConnection, Postgres, Row, Type,
    encode::IsNull,
    error::BoxDynError,
    postgres::{PgArgumentBuffer, PgTypeInfo, types::Oid},
};

use durable_core::{rows, store::StoreError};
use fnhost_protocol::json::JsonText;

const BOOL: u32 = 16;
const INT8: u32 = 20;
const INT2: u32 = 21;
const INT4: u32 = 23;
const TEXT: u32 = 25;

/// The numbers that the row types of a schema have: of the type and of an array of it.
#[derive(Debug)]
pub(crate) struct RowTypes(HashMap<String, (Oid, Oid)>);

impl RowTypes {
    /// Reads them.
    pub(crate) async fn read(connection: &mut PgConnection, schema: &str) -> Result<Self, sqlx::Error> {
        let rows = sqlx::query(
            "SELECT typname::text AS name, oid, typarray FROM pg_type
             WHERE typnamespace = (SELECT oid FROM pg_namespace WHERE nspname = $1) AND typarray <> 0",
        )
        .bind(schema)
        .fetch_all(connection)
        .await?;
        let types = rows
            .iter()
            .map(|row| Ok((row.try_get("name")?, (row.try_get("oid")?, row.try_get("typarray")?))));
        Ok(Self(types.collect::<Result<_, sqlx::Error>>()?))
    }

    /// No rows yet of a type with so many fields.
    pub(super) fn table(&self, name: &str, fields: u32) -> Result<Table, StoreError> {
        let types = self.0.get(name).copied();
        let (row, array) = types.ok_or_else(|| {
            StoreError::Permanent(format!("the schema has no type \"{name}\"; was it changed?"))
        })?;
        Ok(Table { row, array, fields, rows: 0, broken: false, bytes: Vec::new() })
    }
}

/// Rows of one argument.
#[derive(Debug)]
pub(super) struct Table {
    row: Oid,
    array: Oid,
    fields: u32,
    rows: u32,
    /// Whether a row was not written whole.
    broken: bool,
    /// The elements, each with its length.
    bytes: Vec<u8>,
}

impl Table {
    /// The next row; ends when it is dropped.
    pub(super) fn row(&mut self) -> Cells<'_> {
        self.rows += 1;
        let begin = self.bytes.len();
        self.put_u32(0);
        self.put_u32(self.fields);
        Cells { begin, written: 0, table: self }
    }

    fn put_u32(&mut self, number: u32) {
        self.bytes.extend_from_slice(&number.to_be_bytes());
    }
}

/// Values of one row, in order.
pub(super) struct Cells<'t> {
    table: &'t mut Table,
    /// Where the row begins.
    begin: usize,
    written: u32,
}

impl Cells<'_> {
    fn value(&mut self, kind: u32, bytes: &[u8]) -> &mut Self {
        self.written += 1;
        self.table.put_u32(kind);
        // A value that is longer does not fit into a message to the server at all, which the driver refuses.
        self.table.put_u32(u32::try_from(bytes.len()).unwrap_or(u32::MAX >> 1));
        self.table.bytes.extend_from_slice(bytes);
        self
    }

    fn null(&mut self, kind: u32) -> &mut Self {
        self.written += 1;
        self.table.put_u32(kind);
        self.table.put_u32(u32::MAX);
        self
    }

    pub(super) fn int8(&mut self, number: i64) -> &mut Self {
        self.value(INT8, &number.to_be_bytes())
    }

    pub(super) fn optional_int8(&mut self, number: Option<i64>) -> &mut Self {
        match number {
            Some(number) => self.int8(number),
            None => self.null(INT8),
        }
    }

    pub(super) fn int4(&mut self, number: i32) -> &mut Self {
        self.value(INT4, &number.to_be_bytes())
    }

    pub(super) fn int2(&mut self, number: i16) -> &mut Self {
        self.value(INT2, &number.to_be_bytes())
    }

    pub(super) fn bool(&mut self, is: bool) -> &mut Self {
        self.value(BOOL, &[u8::from(is)])
    }

    pub(super) fn optional_bool(&mut self, is: Option<bool>) -> &mut Self {
        match is {
            Some(is) => self.bool(is),
            None => self.null(BOOL),
        }
    }

    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        self.value(TEXT, text.as_bytes())
    }

    /// JSON, kept as text.
    pub(super) fn json(&mut self, json: Option<&JsonText>) -> &mut Self {
        match json {
            Some(json) => self.text(json.as_str()),
            None => self.null(TEXT),
        }
    }

    /// A value, serialised and kept as text.
    pub(super) fn serialized<T: Serialize + ?Sized>(
        &mut self,
        what: &str,
        value: Option<&T>,
    ) -> Result<&mut Self, StoreError> {
        Ok(match value {
            Some(value) => self.text(&rows::to_json(what, value)?),
            None => self.null(TEXT),
        })
    }
}

impl Drop for Cells<'_> {
    fn drop(&mut self) {
        self.table.broken |= self.written != self.table.fields;
        let length = u32::try_from(self.table.bytes.len() - self.begin - 4).unwrap_or(u32::MAX >> 1);
        self.table.bytes[self.begin..self.begin + 4].copy_from_slice(&length.to_be_bytes());
    }
}

impl Type<Postgres> for Table {
    fn type_info() -> PgTypeInfo {
        // Never asked for: every value knows its own.
        PgTypeInfo::with_name("record[]")
    }
}

impl Encode<'_, Postgres> for Table {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        // NULL costs nothing to pass and to skip.
        if self.rows == 0 {
            return Ok(IsNull::Yes);
        }
        if self.broken {
            return Err("a row of a commit has not as many fields as its type".into());
        }
        for number in [1, 0, self.row.0, self.rows, 1] {
            buffer.extend_from_slice(&number.to_be_bytes());
        }
        buffer.extend_from_slice(&self.bytes);
        Ok(IsNull::No)
    }

    fn produces(&self) -> Option<PgTypeInfo> {
        Some(PgTypeInfo::with_oid(self.array))
    }
}
