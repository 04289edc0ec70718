//! Orchestrations: code that survives the process, because what it awaits is recorded and replayed.
//!
//! The code runs as an ordinary future. An [`Execution`] feeds it the events of its history one at a time, polls
//! it after each event that woke something, and collects what it asks for. Feeding the whole history again, or
//! only what is new, comes to the same. Nothing here reads a clock, waits or spawns.
//!
//! ```text
//! Execution ── delivers ──▶ State (tasks, inbox) ── wakes ──▶ futures of the context
//!     ▲                                                            │
//!     └────────── polls the orchestrator's future ◀────────────────┘
//! ```

mod children;
mod code;
mod context;
mod divergence;
mod entities;
mod entity_locks;
mod event_wait;
mod execution;
mod fan_out;
mod first;
mod inbox;
mod join;
mod join_bounded;
mod parking;
mod recorded;
mod retries;
mod retry_defaults;
mod retry_policy;
mod settled;
mod shared;
mod task_futures;
mod tasks;
mod timer;
mod wishes;

pub use context::OrchestrationContext;
pub use entity_locks::{EntityLocks, LockRequest};
pub use event_wait::EventWait;
pub use execution::Execution;
pub use fan_out::{Chunk, ChunkResults, DeadLetter, FanOut, FannedOut};
pub use first::{First, FirstOf, FirstOfTwo};
pub use join::{JoinAll, TryJoinAll};
pub use join_bounded::JoinBounded;
pub use retry_defaults::RetryDefaults;
pub use retry_policy::RetryPolicy;
pub use settled::Settled;
pub use task_futures::{ActivityCall, EntityCall, SubOrchestrationCall};
pub use timer::{FireTime, Timer};

pub(crate) use code::Orchestrator;

#[cfg(test)]
mod tests;
