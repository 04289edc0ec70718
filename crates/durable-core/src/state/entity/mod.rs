//! The turn of an entity: messages that wait become a batch of operations, its outcome becomes one commit.
//!
//! ```text
//! inbox ──begin_entity──▶ BegunBatch { operations, lock } ──worker──▶ outcome ──apply_entity──▶ commit
//!   ▲                         │
//!   └── what waits for a lock ┘
//! ```
//!
//! While an entity is locked, only the operations of that critical section run; the messages of all others stay where
//! they are, in the inbox, and come in their order when it is over.

mod apply;
mod begin;

pub use apply::apply_entity;
pub use begin::{BegunBatch, Caller, begin_entity, is_blocked, waits};
