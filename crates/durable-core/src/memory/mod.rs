//! A store in memory: the reference against which the others are held, and the store of fast tests.
//!
//! Written to be read beside the contract in [`store`](crate::store): every call takes one lock, and a commit works
//! on a copy of the hub that takes the hub's place only when every stage has gone well. Several hosts may share
//! one [`MemoryDatabase`], so that fences, deliveries to another host and takeover can be tried without a server.

mod claim;
mod commit;
mod database;
mod entities;
mod hosts;
mod hub;
mod keys;
mod news;
mod occurrences;
mod query;
mod records;
mod row;
mod store;
mod suspects;
mod timers;

pub use database::{MemoryDatabase, MemoryStore};
