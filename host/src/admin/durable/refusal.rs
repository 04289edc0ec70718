//! Errors of the durable API, in the words and bodies that its clients know.
//!
//! `{"Message"}`, and where the original attaches an exception also `"ExceptionMessage"`, `"ExceptionType"` (its .NET
//! name, by which clients tell cases apart) and `"StackTrace"` (empty: there is nothing in it for a caller).

use fnhost_protocol::client::ClientError;
use fnhost_protocol::failure::Failure;
use fnhost_protocol::ids::InvalidId;
use http::StatusCode;
use serde::Serialize;

use crate::admin::body::NotJson;
use crate::admin::query::BadParameter;
use crate::admin::respond::{empty, json};
use crate::http_server::{BodyError, Problem, Response};

/// Why a call is refused.
#[derive(Debug)]
pub(super) enum Refusal {
    /// No such thing: 404 without a body.
    NotFound,
    /// The instance is finished: 410 without a body.
    Gone,
    /// A status with a text.
    Says(StatusCode, String),
    /// An argument breaks a rule, with the rule.
    Argument(String),
    /// The body is no JSON, with the reason.
    InvalidJson(String),
    /// The operation of an entity failed: 500 with what it says.
    Failed(Box<Failure>),
    /// Whatever else; the cause is in the log.
    Internal,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Document<'a> {
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    exception_message: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exception_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stack_trace: Option<&'a str>,
}

impl Refusal {
    pub(super) fn into_response(self) -> Response {
        match self {
            Self::NotFound => empty(StatusCode::NOT_FOUND),
            Self::Gone => empty(StatusCode::GONE),
            Self::Says(status, text) => says(status, &text, None),
            Self::Argument(why) => says(
                StatusCode::BAD_REQUEST,
                "One or more of the arguments submitted is incorrect",
                Some(("System.ArgumentException", &why)),
            ),
            Self::InvalidJson(why) => says(
                StatusCode::BAD_REQUEST,
                "Invalid JSON content",
                Some(("Newtonsoft.Json.JsonReaderException", &why)),
            ),
            Self::Failed(failure) => {
                let text = failure.to_string();
                let document = Document {
                    message: &text,
                    exception_message: Some(&text),
                    exception_type: Some(&failure.kind),
                    stack_trace: Some(failure.details.as_deref().unwrap_or_default()),
                };
                json(StatusCode::INTERNAL_SERVER_ERROR, &document)
            }
            Self::Internal => says(
                StatusCode::INTERNAL_SERVER_ERROR,
                "Something went wrong while processing your request",
                None,
            ),
        }
    }
}

fn says(status: StatusCode, message: &str, exception: Option<(&str, &str)>) -> Response {
    let document = Document {
        message,
        exception_message: exception.map(|(_, text)| text),
        exception_type: exception.map(|(kind, _)| kind),
        stack_trace: exception.map(|_| ""),
    };
    json(status, &document)
}

impl From<ClientError> for Refusal {
    fn from(error: ClientError) -> Self {
        match error {
            ClientError::NotFound { .. } => Self::NotFound,
            ClientError::Finished { .. } => Self::Gone,
            ClientError::NotFinished { .. } => Self::Says(StatusCode::PRECONDITION_FAILED, error.to_string()),
            ClientError::AlreadyExists { .. } => Self::Says(StatusCode::CONFLICT, error.to_string()),
            ClientError::UnknownFunction { .. }
            | ClientError::InvalidId(_)
            | ClientError::InvalidArgument { .. } => Self::Argument(error.to_string()),
            ClientError::OperationFailed { failure, .. } => Self::Failed(failure),
            ClientError::Unavailable { message } => {
                tracing::error!(error = message, "the durable engine did not serve a management call");
                Self::Internal
            }
        }
    }
}

impl From<InvalidId> for Refusal {
    fn from(error: InvalidId) -> Self {
        Self::Argument(error.to_string())
    }
}

impl From<BadParameter> for Refusal {
    fn from(error: BadParameter) -> Self {
        Self::Argument(error.to_string())
    }
}

impl From<NotJson> for Refusal {
    fn from(error: NotJson) -> Self {
        Self::InvalidJson(error.to_string())
    }
}

impl From<BodyError> for Refusal {
    fn from(error: BodyError) -> Self {
        let text = match &error {
            BodyError::TooLarge { limit } => {
                format!("The request body has more than the {limit} bytes that are allowed (maxPayloadSize).")
            }
            other => other.to_string(),
        };
        Self::Says(Problem::from(error).status(), text)
    }
}
