//! The durable store in Postgres, which several hosts share.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use durable_core::store::Store;
//! use durable_postgres::{Options, PostgresStore};
//!
//! let store = PostgresStore::open(Options::new("postgres://app@db.example/app", "default")).await?;
//! let lease = store.register("host on this machine".to_owned()).await?;
//! // … the engine works …
//! store.close().await?;
//! # let _ = lease;
//! # Ok(())
//! # }
//! ```
//!
//! What is promised and what for:
//! - A commit is one statement, autocommitted: no transaction is ever open while this process thinks, sleeps or dies
//!   (`commit/`). The host's epoch is part of it, so that one whose lease is over writes nothing.
//! - Each batch leaves its number behind. A connection that dies in a commit is not a riddle: the next one looks
//!   (`writer.rs`).
//! - Leases run by the database's clock (`hosts.rs`); hosts hear of each other by `NOTIFY`, outside of commits
//!   (`notify.rs`).
//! - The tables are drawn in `schema.rs`; anybody may read them with `psql` while hosts run.

mod claim;
mod columns;
mod commit;
mod company;
mod connect;
mod database;
mod entities;
mod error;
mod find;
mod hosts;
mod hub;
mod keys;
mod load;
mod notify;
mod occurrences;
mod options;
mod pooler;
mod query;
mod schema;
mod store;
mod suspects;
mod timers;
mod url;
mod writer;

pub use error::OpenError;
pub use options::Options;
pub use store::PostgresStore;
pub use url::{DatabaseUrl, without_password};

#[cfg(test)]
mod tests;
