//! Drives the management API in process: requests in, answers out, with fakes for everything behind it.

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
