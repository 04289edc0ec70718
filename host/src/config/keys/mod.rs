//! The one table of every key that the files of an app may hold.
//!
//! It drives what `walk` accepts, what `misplaced` suggests, what `overrides` can reach and what the generated
//! reference says, so none of them can disagree. Values without a default here have it in `config/defaults/*.toml`.

pub(crate) mod azure;
pub(crate) mod bindings;
pub(crate) mod blobs;
pub(crate) mod durable;
pub(crate) mod function;
pub(crate) mod host;
pub(crate) mod http;
pub(crate) mod kind;
pub(crate) mod local;
pub(crate) mod place;
pub(crate) mod spec;
pub(crate) mod timers;
