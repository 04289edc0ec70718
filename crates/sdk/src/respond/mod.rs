//! What HTTP functions return.

mod into_response;
mod json;
mod problem;
mod response;

pub use into_response::IntoResponse;
pub use json::Json;
pub use problem::Problem;
pub use response::Response;

pub(crate) use response::JSON;
