//! The blob trigger: every version of every blob that matches starts its function once.
//!
//! ```text
//! watch   ─ hints ─────▶ properties ─┐
//! scan    ─ listings ─▶ not known ───┼─▶ dispatcher ─ adds, leases ─▶ runner ─▶ invoke
//! webhook ─ events ────▶ properties ─┘
//! ```
//!
//! A hint may come twice, late or not at all: the truth is what a scan finds, and what has been seen is decided by the
//! store of occurrences alone. A scan goes over everything each time. There is no mark of how far one has come: times of
//! blobs come from other clocks, have gaps of seconds, and are those of the beginning of an upload.

mod by_hand;
mod forget;
mod notification;
mod pace;
mod place;
pub mod poison;
mod receive;
mod reconcile;
mod runner;
mod source;
mod trigger;
mod watch;

pub use receive::{Delivered, NotDelivered};
pub use trigger::{BlobTriggers, Parts, Terms};
