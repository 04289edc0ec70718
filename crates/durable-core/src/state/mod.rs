//! What arrived and what the code asked for, turned into one commit: pure, no clock, no await.
//!
//! ```text
//! messages, results, timers ──begin──▶ Begun { events, drive }
//!                                        │ RunCode: the worker replays and answers actions
//!                                        ▼
//!                       actions ──apply──▶ Applied { commit, next state }
//! ```
//!
//! An entity goes the same way through [`begin_entity`] and [`apply_entity`].

mod apply;
mod begin;
mod check;
mod entity;
mod instance;
mod outgoing;
mod section;
mod terminate;

pub use apply::{Applied, Supply, apply};
pub use begin::{Begun, Drive, Incoming, begin};
pub use check::recordable;
pub use entity::{BegunBatch, Caller, apply_entity, begin_entity, is_blocked, waits};
pub use instance::State;
pub use section::MAX_LOCKED_ENTITIES;
pub use terminate::{OpenChild, Termination, open_children};
