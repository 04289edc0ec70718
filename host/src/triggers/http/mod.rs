//! The HTTP trigger: from a request to a function's call and back.

pub mod router;

mod admission;
mod cors;
mod failure;
mod routes;
mod streams;
mod trigger;

pub use routes::{check_route, contradictions};
pub use trigger::HttpTrigger;
