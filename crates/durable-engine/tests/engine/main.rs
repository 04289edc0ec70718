//! The whole engine on the in-memory store, with programs that are plain functions of history.

#![expect(clippy::unwrap_used, reason = "what a test cannot go on without")]

mod basics;
mod calls;
mod cluster;
mod entities;
mod entity_hosts;
mod events;
mod hosts;
mod link;
mod locks;
mod poison;
mod purges;
mod recovery;
mod scheduled;
mod retention;
mod support;
mod waiting;
mod termination;
