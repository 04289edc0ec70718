//! The SDK from outside, as functions and hosts use it.

mod activities;
mod durable_client;
mod engine;
mod entities;
mod http_answers;
mod http_parameters;
mod registry;
mod scene;
