//! How a host starts, stops, refuses to start, and comes back.

mod databases;
mod ready;
mod refusals;
mod stopping;
