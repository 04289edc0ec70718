//! What a key takes.

use super::super::bytesize;
use super::super::timespan;
use std::time::Duration;

/// The type of a key's value, with its bounds.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    /// A table with keys of its own.
    Section,
    /// A list of tables: `[[bindings]]`.
    Tables,
    Bool,
    Int {
        min: i64,
        max: i64,
    },
    /// A number with or without decimals.
    Decimal {
        min: u32,
        max: u32,
    },
    /// A count of at least one, or -1 for no limit.
    Limit {
        max: i64,
    },
    /// Bytes: a number or text with a unit.
    Size {
        min: u64,
        max: u64,
    },
    /// A time-span of at least `min` milliseconds; `endless` allows `"-1"`.
    Span {
        min: u64,
        endless: bool,
    },
    /// Text; `empty` allows none.
    Text {
        empty: bool,
    },
    /// One of these words, without regard to case.
    Choice(&'static [&'static str]),
    /// A list; `or_text` allows one text with commas in its place.
    List {
        of: &'static Kind,
        or_text: bool,
    },
    /// A table whose keys the user chooses.
    Map {
        of: &'static Kind,
        /// What the keys are, for messages.
        keys: &'static str,
        /// A table inside stands for a key with dots.
        dotted: bool,
    },
    /// Text, number or boolean, kept as text.
    Scalar,
    /// A boolean, or text that names a setting.
    Switch,
    /// Anything at all: sections of Azure's that have no effect here.
    Anything,
}

pub(crate) const TEXT: Kind = Kind::Text { empty: false };
pub(crate) const TEXT_OR_EMPTY: Kind = Kind::Text { empty: true };
pub(crate) const COUNT: Kind = Kind::Int { min: 1, max: 1_000_000 };
pub(crate) const LIMIT: Kind = Kind::Limit { max: 1_000_000 };
pub(crate) const SPAN: Kind = Kind::Span { min: 1, endless: false };
pub(crate) const TEXTS: Kind = Kind::List { of: &TEXT, or_text: false };

impl Kind {
    /// What is allowed, for messages and the reference: "a whole number from 1 to 10".
    pub(crate) fn describe(self) -> String {
        match self {
            Self::Section => "a table".to_owned(),
            Self::Tables => "a list of tables".to_owned(),
            Self::Bool => "true or false".to_owned(),
            Self::Int { min, max: i64::MAX } => format!("a whole number from {min}"),
            Self::Int { min, max } => format!("a whole number from {min} to {max}"),
            Self::Decimal { min, max } => format!("a number from {min} to {max}"),
            Self::Limit { max } => format!("a whole number from 1 to {max}, or -1 for no limit"),
            Self::Size { min, max } => format!(
                "a size from {} to {}: a number of bytes, or text like \"64 MiB\"",
                bytesize::format(min),
                bytesize::format(max)
            ),
            Self::Span { min, endless } => {
                let least = match min {
                    0 | 1 => String::new(),
                    min => format!(" of at least {}", timespan::format(Duration::from_millis(min))),
                };
                let endless = if endless { ", or \"-1\" for none" } else { "" };
                format!("a time-span \"[d.]hh:mm:ss[.fff]\"{least}{endless}")
            }
            Self::Text { empty: false } => "text that is not empty".to_owned(),
            Self::Text { empty: true } => "text".to_owned(),
            Self::Choice(words) => words.join(", "),
            Self::List { of, or_text } => {
                let comma = if or_text { ", or text with commas between them" } else { "" };
                format!("a list of {}{comma}", of.plural())
            }
            Self::Map { of, keys, .. } => format!("a table: {keys} = {}", of.describe()),
            Self::Scalar => "text, a number, true or false".to_owned(),
            Self::Switch => "true, false, the name of a setting, or \"%NAME%\"".to_owned(),
            Self::Anything => "anything".to_owned(),
        }
    }

    fn plural(self) -> String {
        match self {
            Self::Text { .. } => "texts".to_owned(),
            Self::Choice(words) => format!("words out of {}", words.join(", ")),
            other => other.describe(),
        }
    }

    /// The choices one by one, or the description.
    pub(crate) fn allowed(self) -> Vec<String> {
        match self {
            Self::Choice(words) => words.iter().map(|word| (*word).to_owned()).collect(),
            other => vec![other.describe()],
        }
    }
}
