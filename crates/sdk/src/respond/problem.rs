//! [`Problem`]: an error as a JSON document that programs and people can read (RFC 9457).

use http::StatusCode;
use serde::Serialize;

use crate::{error::Error, respond::Response};

/// A problem document: `{"type":"about:blank","title":"Bad Request","status":400,"detail":"…"}`.
///
/// ```
/// # use fnhost_sdk::{Problem, Result, StatusCode};
/// pub async fn run(text: String) -> Result<String> {
///     if text.is_empty() {
///         return Err(Problem::new(StatusCode::BAD_REQUEST, "the body is empty").parameter("body").into());
///     }
///     Ok(text)
/// }
/// ```
#[derive(Debug, Clone)]
pub struct Problem {
    status: StatusCode,
    detail: String,
    parameter: Option<String>,
}

#[derive(Serialize)]
struct Document<'a> {
    r#type: &'static str,
    title: &'a str,
    status: u16,
    detail: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    parameter: Option<&'a str>,
}

impl Problem {
    /// A problem of this status: what was found, and what is allowed.
    ///
    /// ```
    /// # use fnhost_sdk::{Problem, StatusCode};
    /// let problem = Problem::new(StatusCode::NOT_FOUND, "no list `7`");
    /// ```
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, detail: detail.into(), parameter: None }
    }

    /// The same problem, which lies in this parameter of the call.
    ///
    /// ```
    /// # use fnhost_sdk::{Problem, Response, StatusCode};
    /// let problem = Problem::new(StatusCode::BAD_REQUEST, "`count` is `many`").parameter("count");
    /// assert_eq!(
    ///     std::str::from_utf8(Response::from(problem).body()).unwrap(),
    ///     r#"{"type":"about:blank","title":"Bad Request","status":400,"detail":"`count` is `many`","parameter":"count"}"#
    /// );
    /// ```
    #[must_use]
    pub fn parameter(mut self, name: impl Into<String>) -> Self {
        self.parameter = Some(name.into());
        self
    }
}

impl From<Problem> for Response {
    fn from(problem: Problem) -> Self {
        let document = Document {
            r#type: "about:blank",
            title: problem.status.canonical_reason().unwrap_or("Unknown"),
            status: problem.status.as_u16(),
            detail: &problem.detail,
            parameter: problem.parameter.as_deref(),
        };
        let body = serde_json::to_vec(&document).expect("texts and numbers have a JSON form");
        Self::typed("application/problem+json", body.into()).with_status(problem.status)
    }
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        let message = problem.detail.clone();
        Self::answer(message, problem.into())
    }
}
