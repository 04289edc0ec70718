//! Data that goes into a function beside its trigger, or comes out of it.

use crate::bindings::Template;

/// Which way the data goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Into the function.
    In,
    /// Out of it.
    Out,
}

impl Direction {
    /// As `function.toml` spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::In => "in",
            Self::Out => "out",
        }
    }
}

/// How the handler wants the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DataType {
    /// Text.
    String,
    /// All bytes at once.
    Binary,
    /// Bytes as they come.
    Stream,
}

/// One binding that is not a trigger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// Its name in code; `$return` is the function's result.
    pub name: String,
    /// Which way the data goes.
    pub direction: Direction,
    /// What kind of data it is.
    pub kind: BindingKind,
    /// How the handler wants it, where that was said.
    pub data_type: Option<DataType>,
}

/// What a binding binds to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BindingKind {
    /// `http`: the answer of an HTTP function.
    Http,
    /// `durableClient`: starts and steers durable instances.
    DurableClient,
    /// `blob`: one blob, read or written.
    Blob {
        /// Container and name, with `{expressions}`.
        path: Template,
        /// The setting that says where the blobs are.
        connection: String,
    },
}
