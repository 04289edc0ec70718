//! What crosses the seam between the host, the durable engine and the workers that run user code.
//!
//! Everything here is data, except the three traits [`Worker`](worker::Worker) (host → user code),
//! [`DurableApi`](client::DurableApi) (user code → durable engine) and [`BlobApi`](blob::BlobApi) (user code → blob
//! stores), and bodies that are read as they come ([`body`]). Nothing here does I/O, knows SQL or
//! runs a loop, so a worker may live in this process, behind a pipe, or in a test that forgets everything.

pub mod action;
pub mod blob;
pub mod body;
pub mod bound;
pub mod client;
pub mod entity;
pub mod failure;
pub mod handler;
pub mod history;
pub mod history_document;
pub mod http;
pub mod ids;
pub mod invocation;
pub mod json;
pub mod retry;
pub mod status;
pub mod status_document;
pub mod time;
pub mod timer;
pub mod turn;
pub mod worker;

pub use handler::{HandlerInfo, TriggerKind};
