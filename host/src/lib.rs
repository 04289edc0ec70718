//! The fnhost library: everything between a function app's folder and its running host.
//!
//! The rooms stand in floor order: each imports only from rooms declared before it. `tests/architecture.rs`
//! of this package reads the `use crate::` lines and fails when a room looks up.

pub mod shutdown;
pub mod config;
pub mod schedule;
pub mod telemetry;
pub mod blobs;
pub mod http_server;
pub mod bindings;
pub mod app;
pub mod keys;
pub mod workers;
pub mod invoke;
pub mod triggers;
pub mod admin;
pub mod runtime;
pub mod testkit;
pub mod cli;
