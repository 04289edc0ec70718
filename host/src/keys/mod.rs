//! Who may call what: access keys, and the tokens in the links of check-status answers.
//!
//! Keys are random and kept as hashes ([`Key`]); those of the database and those of the settings are one immutable
//! snapshot ([`KeyRing`]) that a request is checked against without a lock. A link opens one instance by a token that
//! is computed, not kept ([`InstanceTokens`], [`LinkFactory`]).
//!
//! Called by the HTTP trigger and the management API for each request, by the durable engine's client for links, and
//! by the command line to list and set keys.
//!
//! | level | opened by |
//! |---|---|
//! | anonymous | everybody |
//! | function | the function's keys, the host keys, the master key |
//! | admin | the master key |
//! | system | the extension's key, the master key; the management calls on one instance also by its token |
//!
//! | setting | key |
//! |---|---|
//! | `FNHOST_MASTER_KEY` | the master key |
//! | `FNHOST_HOST_KEY` | the host key `default`, which opens every function |
//! | `FNHOST_FUNCTION_KEY_<Name>` | the key `default` of the function `<Name>` |
//!
//! A key of a setting stands in front of the stored key of the same place and name for as long as the setting is there.

mod error;
mod first;
mod key;
mod links;
mod name;
mod origin;
mod presented;
mod ring;
mod settings;
mod snapshot;
mod token;

pub use error::KeyError;
pub use key::{InvalidKey, Key};
pub use links::{DURABLE_BASE, LinkFactory};
pub use name::{DEFAULT, InvalidName, MASTER};
pub use origin::origin;
pub use presented::presented;
pub use ring::{KeyRing, Loaded, Written};
pub use snapshot::{Decision, KeyInfo};
pub use token::InstanceTokens;
