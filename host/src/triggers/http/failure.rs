//! How a failed call looks to an HTTP client.

use fnhost_protocol::failure::{Failure, kind};
use http::StatusCode;

use crate::http_server::Problem;

/// The answer for a function that did not answer itself.
pub(super) fn problem(failure: &Failure) -> Problem {
    let (status, code) = match failure.kind.as_str() {
        kind::TIMEOUT => (StatusCode::GATEWAY_TIMEOUT, "functionTimeout"),
        kind::CANCELLED => (StatusCode::SERVICE_UNAVAILABLE, "cancelled"),
        _ => (StatusCode::INTERNAL_SERVER_ERROR, "functionFailed"),
    };
    Problem::new(status, code).detail(failure.told_outside())
}
