//! The durable store in one embedded SQLite file: one writer that commits groups, a few readers, no server.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use durable_core::store::Store;
//! use durable_sqlite::{Options, SqliteStore};
//!
//! let store = SqliteStore::open(Options::new(".fnhost/durable.db", "default")).await?;
//! let lease = store.register("host on this machine".to_owned()).await?;
//! // … the engine works …
//! store.close().await?;
//! # let _ = lease;
//! # Ok(())
//! # }
//! ```
//!
//! What is promised and what for:
//! - One host per file. An operating-system lock beside the database, held for the life of the process, makes
//!   sure of it, so that a restart may take everything back at once (`lock.rs`).
//! - A commit is one transaction, as a rule one call, synced to disk before it is answered (`commit/`).
//! - The tables are drawn in `schema.rs`; anybody may read them with `sqlite3` while the host runs.

mod claim;
mod columns;
mod commit;
mod connect;
mod database;
mod entities;
mod error;
mod file;
mod find;
mod hosts;
mod hub;
mod keys;
mod load;
mod lock;
mod occurrences;
mod options;
mod query;
mod schema;
mod script;
mod store;
mod suspects;
mod timers;
mod writer;

pub use error::OpenError;
pub use options::{Options, Synchronous};
pub use store::SqliteStore;

#[cfg(test)]
mod tests;
