//! Drives the management API in process: requests in, answers out, with fakes for everything behind it.

#![expect(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

mod auth;
mod durable_control;
mod durable_entities;
mod durable_instances;
mod durable_paths;
mod durable_start;
mod functions;
mod host;
mod keys;
mod support;
mod wire;
