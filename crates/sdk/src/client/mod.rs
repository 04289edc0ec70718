//! The durable engine, as functions see it.

mod check_status;
mod durable_client;
mod entities;
mod outputs;
mod purges;

pub use durable_client::DurableClient;
