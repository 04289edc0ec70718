//! The durable engine: it decides what runs when, asks an [`Executor`] to run it, and has a
//! [`Store`](durable_core::store::Store) remember it.
//!
//! ```text
//! Client, committer, user code ── input ─▶ Machine::handle ─▶ effects, done by whoever fed it:
//!         ▲                                                       commit · load · run · claim · reply
//!         └───────────────────────── results, as inputs ◀─────────────────┘
//! ```
//!
//! It knows no HTTP and no SQL. [`Engine::start`] gives a running engine, [`Client`] is its cheap handle.

mod ask;
pub mod client;
mod client_entities;
pub mod clock;
mod commit_queue;
mod committer;
mod driver;
mod engine;
mod executor;
mod lease;
mod lives;
pub mod machine;
mod news;
mod options;
mod parts;
mod perform;
mod purges;
mod trial;
mod trouble;
mod weight;

pub use client::{Client, Health};
pub use engine::{Engine, Ready, StartError};
pub use executor::Executor;
pub use options::{Options, Retention};
pub use trouble::Trouble;
