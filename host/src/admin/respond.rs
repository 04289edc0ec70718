//! The few forms that answers of this room have.

use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};
use serde::Serialize;

use crate::http_server::{Problem, Response, ResponseBody};

/// A status and nothing else.
pub(super) fn empty(status: StatusCode) -> Response {
    let mut response = http::Response::new(ResponseBody::empty());
    *response.status_mut() = status;
    response
}

/// A status with JSON that is text already.
pub(super) fn json_text(status: StatusCode, json: String) -> Response {
    let mut response = http::Response::new(ResponseBody::from(json));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    response
}

/// A status with a value as JSON.
pub(super) fn json<T: Serialize + ?Sized>(status: StatusCode, value: &T) -> Response {
    match serde_json::to_string(value) {
        Ok(json) => json_text(status, json),
        Err(error) => {
            tracing::error!(%error, "an answer of the management API has no JSON form");
            Problem::internal().into_response()
        }
    }
}
