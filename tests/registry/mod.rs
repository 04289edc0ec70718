//! The gift registry: its answers, its window, restarts in the middle, many guests at once.
//!
//! Every case that touches durable state runs on three hosts, see [`on_every_worker!`].

mod answers;
mod closing;
mod raw_state;
mod refusals;
mod restarts;
mod steps;

pub(crate) use steps::{Registry, wait_for_stats};
