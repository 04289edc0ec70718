//! Values as written: a tree that keeps the place of every key and value.
//!
//! Made by `toml_doc` from files and by `overrides` from variables and arguments, read by `walk`. It is our own
//! because serde stops at the first problem and forgets where things stood.

use std::ops::Range;

/// A value of any type.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Text(String),
    /// A whole number; `None` when it does not fit.
    Int(Option<i64>),
    /// As written: settings are text, and `1.10` must not become `1.1`.
    Float(String),
    Bool(bool),
    Datetime(String),
    Array(Vec<Item>),
    Table(Table),
}

impl Value {
    /// What to call it in a message.
    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Self::Text(_) => "text",
            Self::Int(_) => "a whole number",
            Self::Float(_) => "a decimal number",
            Self::Bool(_) => "true or false",
            Self::Datetime(_) => "a date or time",
            Self::Array(_) => "a list",
            Self::Table(_) => "a table",
        }
    }

    /// What was found, for a message.
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Text(text) => format!("the text \"{}\"", text.escape_debug()),
            Self::Int(Some(number)) => format!("the number {number}"),
            Self::Int(None) => "a number of more than 64 bits".to_owned(),
            Self::Float(text) => format!("the number {text}"),
            Self::Bool(value) => value.to_string(),
            Self::Datetime(text) => format!("the date or time {text} (without quotes)"),
            Self::Array(_) | Self::Table(_) => self.type_name().to_owned(),
        }
    }
}

/// A value and its bytes in the file; `0..0` when it does not come from a file.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Item {
    pub(crate) value: Value,
    pub(crate) at: Range<usize>,
}

/// A key and its bytes in the file.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Key {
    pub(crate) name: String,
    pub(crate) at: Range<usize>,
}

/// A table in the order of the file.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Table {
    pub(crate) entries: Vec<(Key, Item)>,
    /// The header, or the braces of an inline table.
    pub(crate) at: Range<usize>,
}

impl Table {
    /// The first entry of this name, without regard to case.
    pub(crate) fn get(&self, name: &str) -> Option<(&Key, &Item)> {
        self.entries
            .iter()
            .find(|(key, _)| key.name.eq_ignore_ascii_case(name))
            .map(|(key, item)| (key, item))
    }
}
