//! Seeded simulation of the durable engine: real engines and their drivers on the in-memory store, in a world in which
//! time, chance and every failure follow from one number.
//!
//! ```text
//! clients ──▶ Engine (runtime of its own, paused time) ──▶ Chaos ──▶ in-memory store
//!                │                                           │
//!                └──▶ Programs (executor) ──────▶ Audit ◀────┘
//! ```
//!
//! A scheduler lets hosts and clients live for a few milliseconds in turn, in any order; kills hosts and stops them.
//! [`store`] delays, fails and loses calls. [`audit`] keeps books of its own and checks them after every commit. When
//! the faults end, everything must come to its end.
//!
//! `FNHOST_SIMULATION_SEEDS` says how many seeds are run, or which (`5000..9000`); `FNHOST_SIMULATION_SEED` runs one and
//! prints what happened.

mod adders;
mod audit;
mod calls;
mod cleaners;
mod clients;
mod ends;
mod executor;
mod host;
mod killers;
mod panics;
mod plan;
mod planted;
mod program;
mod random;
mod replay;
mod seeds;
mod simulation;
mod store;
mod time;
mod trace;
mod world;
