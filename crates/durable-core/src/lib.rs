//! The pure heart of the durable engine: what an instance is, how a turn changes it, and what a store promises.
//!
//! Nothing here waits, reads a clock or does I/O. The engine (one floor up) drives it; the stores implement
//! [`store::Store`]. The two steps of every turn are `state::begin` (what arrived becomes history) and
//! `state::apply` (what the code asked for becomes one [`TurnCommit`](store::TurnCommit)).

pub mod clock;
pub mod decision;
pub mod limits;
pub mod lock;
pub mod memory;
pub mod message;
pub mod model;
pub mod paging;
pub mod rows;
pub mod state;
pub mod store;
pub mod suspicion;
