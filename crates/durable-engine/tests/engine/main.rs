//! The whole engine on the in-memory store, with programs that are plain functions of history.

mod basics;
mod entities;
mod events;
mod recovery;
mod support;
