//! How a host starts, stops, refuses to start, and comes back.

mod databases;
mod ready;
mod refusals;
mod stopping;

pub(crate) use stopping::{BODY, begin_request_of, wait_until_stopping};
