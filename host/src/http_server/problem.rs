//! Errors as responses: RFC 9457 problem documents, and the only place where an error becomes HTTP.
//!
//! A problem says what went wrong in words for people (`title`, `detail`) and for programs (`code`), and, where it
//! helps, what was found and what is allowed. It is written for the client: causes that are ours belong in the log,
//! so [`Problem::internal`] takes none.

use std::borrow::Cow;

use http::header::{self, HeaderName, HeaderValue};
use http::{HeaderMap, StatusCode};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::Value;

use super::request_body::BodyError;
use super::response_body::ResponseBody;
use super::service::Response;

/// One error, ready to be sent. Boxed inside, so that it is small as the error of a `Result`.
#[derive(Debug, Clone)]
pub struct Problem(Box<Fields>);

#[derive(Debug, Clone)]
struct Fields {
    status: StatusCode,
    code: Cow<'static, str>,
    type_: Option<Cow<'static, str>>,
    title: Cow<'static, str>,
    detail: Option<Cow<'static, str>>,
    instance: Option<String>,
    extensions: Vec<(Cow<'static, str>, Value)>,
    headers: HeaderMap,
}

impl Problem {
    /// A problem with the status's own words as title. `code` names the case for programs, in camelCase.
    pub fn new(status: StatusCode, code: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Fields {
            status,
            code: code.into(),
            type_: None,
            title: status.canonical_reason().unwrap_or("Error").into(),
            detail: None,
            instance: None,
            extensions: Vec::new(),
            headers: HeaderMap::new(),
        }))
    }

    /// 500 without a word about why: the cause is for the log.
    pub fn internal() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internalError")
    }

    /// A page about this kind of problem. Without one there is no `type`, which means `about:blank`.
    #[must_use]
    pub fn type_(mut self, uri: impl Into<Cow<'static, str>>) -> Self {
        self.0.type_ = Some(uri.into());
        self
    }

    /// What went wrong, the same words for each problem of its kind.
    #[must_use]
    pub fn title(mut self, title: impl Into<Cow<'static, str>>) -> Self {
        self.0.title = title.into();
        self
    }

    /// What went wrong this time.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<Cow<'static, str>>) -> Self {
        self.0.detail = Some(detail.into());
        self
    }

    /// What it went wrong with: a path, an id.
    #[must_use]
    pub fn instance(mut self, uri: impl Into<String>) -> Self {
        self.0.instance = Some(uri.into());
        self
    }

    /// What the request had.
    #[must_use]
    pub fn found(self, found: impl Into<Value>) -> Self {
        self.with("found", found)
    }

    /// What it may have.
    #[must_use]
    pub fn allowed(self, allowed: impl Into<Value>) -> Self {
        self.with("allowed", allowed)
    }

    /// Any other member. The names that RFC 9457 defines, and `code`, are not for it.
    #[must_use]
    pub fn with(mut self, name: impl Into<Cow<'static, str>>, value: impl Into<Value>) -> Self {
        let name = name.into();
        debug_assert!(!RESERVED.contains(&&*name), "{name} has a method of its own");
        self.0.extensions.push((name, value.into()));
        self
    }

    /// A header of the response, such as `Retry-After`.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.headers.append(name, value);
        self
    }

    /// The status of the response.
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// The name of the case for programs.
    pub fn code(&self) -> &str {
        &self.0.code
    }

    /// The document as it is sent.
    pub fn to_json(&self) -> String {
        // Strings and values only: there is nothing in it that serde_json could refuse.
        serde_json::to_string(self).unwrap_or_else(|_| String::from("{}"))
    }

    /// The response that carries it.
    pub fn into_response(self) -> Response {
        let mut response = http::Response::new(ResponseBody::from(self.to_json()));
        *response.status_mut() = self.0.status;
        *response.headers_mut() = self.0.headers;
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        response
    }
}

const RESERVED: [&str; 6] = ["type", "title", "status", "detail", "instance", "code"];

impl Serialize for Problem {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let fields = &*self.0;
        let mut map = serializer.serialize_map(None)?;
        if let Some(type_) = &fields.type_ {
            map.serialize_entry("type", type_)?;
        }
        map.serialize_entry("title", &fields.title)?;
        map.serialize_entry("status", &fields.status.as_u16())?;
        if let Some(detail) = &fields.detail {
            map.serialize_entry("detail", detail)?;
        }
        if let Some(instance) = &fields.instance {
            map.serialize_entry("instance", instance)?;
        }
        map.serialize_entry("code", &fields.code)?;
        for (name, value) in &fields.extensions {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl From<Problem> for Response {
    fn from(problem: Problem) -> Self {
        problem.into_response()
    }
}

impl From<BodyError> for Problem {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::TooLarge { limit } => Self::new(StatusCode::PAYLOAD_TOO_LARGE, "bodyTooLarge")
                .detail("the body has more bytes than this host takes")
                .allowed(limit),
            BodyError::Timeout => Self::new(StatusCode::REQUEST_TIMEOUT, "bodyTimeout")
                .detail("the body did not come within the time this host waits"),
            // Nobody is there to read this one.
            BodyError::Disconnected => Self::new(StatusCode::BAD_REQUEST, "bodyIncomplete")
                .detail("the body ended before its announced end"),
            BodyError::Malformed => Self::new(StatusCode::BAD_REQUEST, "bodyMalformed")
                .detail("the body is not encoded as its header says"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_come_in_a_fixed_order_and_absent_ones_are_left_out() {
        assert_eq!(
            Problem::new(StatusCode::NOT_FOUND, "noSuchFunction").to_json(),
            r#"{"title":"Not Found","status":404,"code":"noSuchFunction"}"#
        );
        let full = Problem::new(StatusCode::BAD_REQUEST, "badName")
            .with("more", 1)
            .found("x y")
            .allowed("letters")
            .instance("/api/x")
            .detail("a name has no spaces")
            .title("Bad name")
            .type_("https://example.org/bad-name");
        assert_eq!(
            full.to_json(),
            concat!(
                r#"{"type":"https://example.org/bad-name","title":"Bad name","status":400,"#,
                r#""detail":"a name has no spaces","instance":"/api/x","code":"badName","#,
                r#""more":1,"found":"x y","allowed":"letters"}"#
            )
        );
    }

    #[test]
    fn the_response_has_its_status_type_and_headers() {
        let response = Problem::new(StatusCode::SERVICE_UNAVAILABLE, "full")
            .header(header::RETRY_AFTER, HeaderValue::from_static("1"))
            .into_response();
        assert_eq!(response.status(), 503);
        assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json");
        assert_eq!(response.headers()[header::RETRY_AFTER], "1");
        assert_eq!(
            response.body().as_bytes().unwrap(),
            r#"{"title":"Service Unavailable","status":503,"code":"full"}"#
        );
    }

    #[test]
    fn body_errors_have_their_statuses() {
        let status = |error: BodyError| Problem::from(error).status().as_u16();
        assert_eq!(status(BodyError::TooLarge { limit: 1 }), 413);
        assert_eq!(status(BodyError::Timeout), 408);
        assert_eq!(status(BodyError::Disconnected), 400);
        assert_eq!(status(BodyError::Malformed), 400);
    }
}
