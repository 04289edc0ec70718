//! The SDK from outside, as functions and hosts use it.
#![expect(clippy::unwrap_used, reason = "the scene is part of the tests")]

mod activities;
mod blobs;
mod durable_client;
mod engine;
mod entities;
mod http_answers;
mod http_parameters;
mod orchestrations;
mod registry;
mod scene;
mod timers;
