//! Runs what timers and blobs have set off: each occurrence once, or as often as it takes, on whatever host is there.
//!
//! ```text
//! trigger ── offer ─▶ store.add ─┐ leased                     ┌─ verdict ─▶ store.finish
//!                                ├──────▶ ready ──▶ runner.run ┘
//!            store.claim ────────┘ (what is due, was left, or lost its host)
//! ```
//!
//! The store decides what is new and who has it; this room keeps a bounded number of runs going, tells the store how
//! they ended, and looks for more. What is decided stands in `desk.rs` without waiting; `driver.rs` waits and acts.
//! Each kind of trigger has a [`Lane`] of its own, so that none holds up another.

mod desk;
mod dispatcher;
mod driver;
mod life;
mod patience;
mod runner;
#[cfg(test)]
mod tests;

pub use dispatcher::{Dispatcher, Lane, Offered};
pub use runner::{Runner, Verdict};
