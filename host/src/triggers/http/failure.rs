//! How a failed call looks to an HTTP client.

use fnhost_protocol::failure::{Failure, kind};
use http::StatusCode;

use crate::http_server::Problem;

/// The answer for a function that did not answer itself. The text is the failure's and its causes'; kinds, places in
/// the code and stacks stay in the log, and so does everything about a panic: nobody wrote its text for callers.
pub(super) fn problem(failure: &Failure) -> Problem {
    let (status, code) = match failure.kind.as_str() {
        kind::TIMEOUT => (StatusCode::GATEWAY_TIMEOUT, "functionTimeout"),
        kind::CANCELLED => (StatusCode::SERVICE_UNAVAILABLE, "cancelled"),
        _ => (StatusCode::INTERNAL_SERVER_ERROR, "functionFailed"),
    };
    let detail = match failure.kind.as_str() {
        kind::PANIC => "the function panicked; the host's log says where".to_owned(),
        _ => failure.to_string(),
    };
    Problem::new(status, code).detail(detail)
}
