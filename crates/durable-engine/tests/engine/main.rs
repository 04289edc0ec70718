//! The whole engine on the in-memory store, with programs that are plain functions of history.

#![expect(clippy::unwrap_used, reason = "what a test cannot go on without")]

mod basics;
mod cluster;
mod entities;
mod events;
mod hosts;
mod link;
mod purges;
mod recovery;
mod support;
mod waiting;
mod termination;
