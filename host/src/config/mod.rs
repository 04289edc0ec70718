//! What the files, variables and arguments say about the host, read, merged and validated before anything listens.
//!
//! The path of a value: a file becomes a tree with places (`toml_doc`, `value`); the tree is held against the one table
//! of known keys (`keys`, `walk`, `convert`, `misplaced`); the layers are laid over each other (`entry`, `defaults`,
//! `overrides`, `read`); what comes out is a `HostConfig` with private fields (`host_file`) and the app's `Settings`.
//! Everything that is wrong on the way becomes a `Problem` in one `Report`.
//!
//! Called by room `app`, which reads the functions with the same means; `http_server`, `telemetry`, the triggers and
//! `runtime` read the results through getters. Knows no function and no socket.

pub mod bytesize;
pub mod code;
pub mod host_file;
pub mod loglevel;
pub mod origin;
pub mod overrides;
pub mod problem;
pub mod read;
pub mod reference;
pub mod render;
pub mod report;
pub mod settings;
pub mod timespan;

pub(crate) mod convert;
pub(crate) mod defaults;
pub(crate) mod entry;
pub(crate) mod expand;
pub(crate) mod files;
pub(crate) mod keys;
pub(crate) mod spell;
pub(crate) mod suggest;
pub(crate) mod toml_doc;
pub(crate) mod value;
pub(crate) mod walk;

mod misplaced;
mod report_json;
mod snippet;

pub use host_file::{DurableConfig, HostConfig, HttpConfig};
pub use loglevel::{LogLevel, LogLevels};
pub use overrides::Arguments;
pub use problem::{Problem, Severity};
pub use render::Style;
pub use report::Report;
pub use settings::{Environment, Settings};
