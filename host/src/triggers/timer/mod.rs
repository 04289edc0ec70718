//! The timer trigger: functions that run by a schedule.
//!
//! ```text
//! agenda (who waits for when) ── the first time ──▶ pump: rings then
//!      ▲                                              │
//!      └── the next time ◀── service: plans ◀─────────┘
//!                               │ slots, as occurrences
//!                               ▼
//!                           dispatcher ──▶ runner: one call, then what is to be written down
//! ```
//!
//! What is to be done is decided in `plan`, which knows no clock. A slot has one run however many hosts offer it, because
//! the store knows it by timer and time. This room is the one door to `tokio-cron-scheduler` (`pump/cron.rs`).

mod agenda;
mod plan;
mod pump;
mod record;
mod records;
mod runner;
mod service;
mod shared;
mod slot;
mod status;

#[cfg(test)]
mod tests;

pub use service::{TimerParts, TimerTrigger};
pub use status::{TimerState, Timers};
