//! Values as checked: of the type that their key takes, still with their places.

use std::collections::BTreeMap;
use std::time::Duration;

use super::origin::Origin;
use super::value::Table;

/// A checked value.
#[derive(Debug, Clone)]
pub(crate) enum Typed {
    Section,
    Bool(bool),
    Int(i64),
    Decimal(f64),
    Bytes(u64),
    /// `None` is "no limit".
    Span(Option<Duration>),
    Text(String),
    /// One of the words of `Kind::Choice`, in canonical spelling.
    Word(&'static str),
    List(Vec<Entry>),
    Map(Vec<(String, Entry)>),
    Tables(Vec<Table>),
}

/// A checked value, where it and its key stand.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) value: Typed,
    pub(crate) at: Origin,
    pub(crate) key_at: Origin,
    /// Whether a setting's value was put in: then messages must not show it.
    pub(crate) expanded: bool,
}

/// Checked values by the path of their key.
#[derive(Debug, Clone, Default)]
pub(crate) struct Entries(BTreeMap<&'static str, Entry>);

impl Entries {
    pub(crate) fn insert(&mut self, path: &'static str, entry: Entry) {
        self.0.insert(path, entry);
    }

    pub(crate) fn get(&self, path: &str) -> Option<&Entry> {
        self.0.get(path)
    }

    /// Lays `upper` over these entries: its values win, its maps are merged in key by key.
    pub(crate) fn overlay(&mut self, upper: Self) {
        for (path, entry) in upper.0 {
            match (self.0.get_mut(path), entry) {
                (Some(Entry { value: Typed::Map(lower), .. }), Entry { value: Typed::Map(upper), .. }) => {
                    for (name, value) in upper {
                        lower.retain(|(known, _)| !known.eq_ignore_ascii_case(&name));
                        lower.push((name, value));
                    }
                }
                (_, entry) => self.insert(path, entry),
            }
        }
    }

    pub(crate) fn bool(&self, path: &str) -> Option<bool> {
        match self.get(path)?.value {
            Typed::Bool(value) => Some(value),
            _ => None,
        }
    }

    pub(crate) fn int(&self, path: &str) -> Option<i64> {
        match self.get(path)?.value {
            Typed::Int(value) => Some(value),
            _ => None,
        }
    }

    pub(crate) fn decimal(&self, path: &str) -> Option<f64> {
        match self.get(path)?.value {
            Typed::Decimal(value) => Some(value),
            _ => None,
        }
    }

    pub(crate) fn bytes(&self, path: &str) -> Option<u64> {
        match self.get(path)?.value {
            Typed::Bytes(value) => Some(value),
            _ => None,
        }
    }

    /// The outer `None`: there is no such value. The inner one: no limit.
    pub(crate) fn span(&self, path: &str) -> Option<Option<Duration>> {
        match self.get(path)?.value {
            Typed::Span(value) => Some(value),
            _ => None,
        }
    }

    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        match &self.get(path)?.value {
            Typed::Text(value) => Some(value),
            _ => None,
        }
    }

    pub(crate) fn word(&self, path: &str) -> Option<&'static str> {
        match self.get(path)?.value {
            Typed::Word(value) => Some(value),
            _ => None,
        }
    }

    /// Text and place of every element of a list of texts.
    pub(crate) fn texts(&self, path: &str) -> Option<Vec<(&str, &Entry)>> {
        match &self.get(path)?.value {
            Typed::List(entries) => Some(entries.iter().filter_map(|e| Some((e.as_text()?, e))).collect()),
            _ => None,
        }
    }

    /// The tables of a `[[…]]` list.
    pub(crate) fn tables(&self, path: &str) -> &[Table] {
        match self.get(path) {
            Some(Entry { value: Typed::Tables(tables), .. }) => tables,
            _ => &[],
        }
    }

    pub(crate) fn map(&self, path: &str) -> &[(String, Entry)] {
        match self.get(path) {
            Some(Entry { value: Typed::Map(entries), .. }) => entries,
            _ => &[],
        }
    }
}

impl Entry {
    /// Whether the value came from a setting, which may be a secret.
    pub(crate) fn is_hidden(&self) -> bool {
        self.expanded || self.at.is_secret()
    }

    /// The text in quotes, unless it came from a setting, which may be a secret.
    pub(crate) fn quoted(&self) -> String {
        match self.as_text() {
            Some(text) if !self.is_hidden() => format!("\"{}\"", text.escape_debug()),
            _ => "the value of a setting (not shown)".to_owned(),
        }
    }

    pub(crate) fn as_text(&self) -> Option<&str> {
        match &self.value {
            Typed::Text(text) => Some(text),
            _ => None,
        }
    }
}
