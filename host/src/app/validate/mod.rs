//! From function files as written to functions as needed; everything that is wrong goes to the report.
//!
//! First each file alone (`one`), then what only all of them together show: names, routes, handlers. No check stops at
//! the first problem, and none repeats what an earlier one has said of the same thing.

mod bindings;
mod blob;
mod context;
mod disabled;
mod durable;
mod handlers;
mod http;
mod names;
mod one;
mod retry;
mod routes;
mod timer;

pub(super) use context::Context;
pub(super) use durable::unique_names as unique_durable_names;
pub(super) use handlers::{cross_check as handlers, find as find_handler};
pub(super) use names::{allow_list, unique as unique_names};
pub(super) use one::one;
pub(super) use routes::conflicts as route_conflicts;
pub(super) use timer::{AppZone, app_zone};
