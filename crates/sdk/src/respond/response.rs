//! [`Response`]: status, headers, body.

use std::error::Error as StdError;

use bytes::Bytes;
use fnhost_protocol::{
    body::{BodyError, StreamedBody},
    http::HttpReply,
};
use futures_core::Stream;
use futures_util::StreamExt;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header::CONTENT_TYPE};
use serde::Serialize;

use crate::{
    error::{Context, Result},
    respond::Problem,
};

/// The media type of answers in JSON.
pub(crate) const JSON: &str = "application/json; charset=utf-8";

/// An answer of which every part can be set.
///
/// ```
/// # use fnhost_sdk::{Response, Result, StatusCode};
/// pub async fn run() -> Result<Response> {
///     Response::text("printed").with_status(StatusCode::CREATED).with_header("location", "/lists/7")
/// }
/// ```
#[derive(Debug, Clone)]
pub struct Response(HttpReply);

impl Response {
    /// An answer with this status and neither headers nor body.
    ///
    /// ```
    /// # use fnhost_sdk::{Response, StatusCode};
    /// assert!(Response::new(StatusCode::NO_CONTENT).body().is_empty());
    /// ```
    pub fn new(status: StatusCode) -> Self {
        Self(HttpReply::empty(status))
    }

    /// 200 with a text (`text/plain; charset=utf-8`).
    ///
    /// ```
    /// # use fnhost_sdk::Response;
    /// assert_eq!(&**Response::text("hi").body(), b"hi");
    /// ```
    pub fn text(text: impl Into<String>) -> Self {
        Self::typed("text/plain; charset=utf-8", text.into().into())
    }

    /// 200 with a value as JSON (`application/json; charset=utf-8`).
    ///
    /// # Errors
    /// When the value has no JSON form, as a map whose keys are no strings.
    ///
    /// ```
    /// # use fnhost_sdk::Response;
    /// assert_eq!(&**Response::json(&[1, 2]).unwrap().body(), b"[1,2]");
    /// ```
    pub fn json<T: Serialize + ?Sized>(value: &T) -> Result<Self> {
        let body = serde_json::to_vec(value).context("the answer cannot be written as JSON")?;
        Ok(Self::typed(JSON, body.into()))
    }

    /// 200 with bytes of a media type.
    ///
    /// ```
    /// # use fnhost_sdk::Response;
    /// let picture = Response::typed("image/png", vec![0x89, b'P'].into());
    /// assert_eq!(picture.header("content-type"), Some("image/png"));
    /// ```
    pub fn typed(media_type: &'static str, body: Bytes) -> Self {
        let mut reply = HttpReply::empty(StatusCode::OK);
        reply.headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
        reply.body = body;
        Self(reply)
    }

    /// 200 with bytes that are made while they are sent (`application/octet-stream`; another type, or a length that is
    /// known beforehand, is set by [`with_header`](Self::with_header)). If the stream ends with an error the connection
    /// is cut, so that nobody takes what came for the whole. A stream is sent once: clones of the answer share it.
    ///
    /// ```
    /// # use fnhost_sdk::{Bytes, Response};
    /// pub async fn run() -> Response {
    ///     let lines = (1..=1_000_000).map(|n| Ok::<_, std::io::Error>(format!("{n}\n")));
    ///     Response::stream(futures_util::stream::iter(lines))
    /// }
    /// ```
    pub fn stream<S, B, E>(pieces: S) -> Self
    where
        S: Stream<Item = Result<B, E>> + Send + 'static,
        B: Into<Bytes>,
        E: StdError + Send + Sync + 'static,
    {
        let pieces = pieces.map(|piece| piece.map(Into::into).map_err(BodyError::new));
        let mut response = Self::typed("application/octet-stream", Bytes::new());
        response.0.stream = Some(StreamedBody::new(pieces.boxed()));
        response
    }

    /// A problem document (`application/problem+json`) of this status.
    ///
    /// ```
    /// # use fnhost_sdk::{Response, StatusCode};
    /// let response = Response::problem(StatusCode::CONFLICT, "list `7` is closed");
    /// assert_eq!(response.status(), StatusCode::CONFLICT);
    /// ```
    pub fn problem(status: StatusCode, detail: impl Into<String>) -> Self {
        Problem::new(status, detail).into()
    }

    /// The same answer with this status.
    ///
    /// ```
    /// # use fnhost_sdk::{Response, StatusCode};
    /// assert_eq!(Response::text("no").with_status(StatusCode::FORBIDDEN).status(), 403);
    /// ```
    #[must_use]
    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.0.status = status;
        self
    }

    /// The same answer with this header, in place of others of that name.
    ///
    /// # Errors
    /// When name or value hold characters that no header may hold.
    ///
    /// ```
    /// # use fnhost_sdk::Response;
    /// let response = Response::text("later").with_header("retry-after", "10").unwrap();
    /// assert_eq!(response.header("Retry-After"), Some("10"));
    /// assert_eq!(
    ///     Response::text("").with_header("x", "a\nb").unwrap_err().to_string(),
    ///     "the value of header `x` holds forbidden characters: failed to parse header value"
    /// );
    /// ```
    pub fn with_header(mut self, name: &str, value: impl AsRef<str>) -> Result<Self> {
        let header = HeaderName::try_from(name).with_context(|| format!("`{name}` is no header name"))?;
        let value = HeaderValue::from_str(value.as_ref())
            .with_context(|| format!("the value of header `{name}` holds forbidden characters"))?;
        self.0.headers.insert(header, value);
        Ok(self)
    }

    /// The same answer with this body.
    ///
    /// ```
    /// # use fnhost_sdk::{Response, StatusCode};
    /// let response = Response::new(StatusCode::ACCEPTED).with_body("queued");
    /// assert_eq!(&**response.body(), b"queued");
    /// ```
    #[must_use]
    pub fn with_body(mut self, body: impl Into<Bytes>) -> Self {
        self.0.body = body.into();
        self.0.stream = None;
        self
    }

    /// The status.
    ///
    /// ```
    /// # use fnhost_sdk::Response;
    /// assert_eq!(Response::text("hi").status(), 200);
    /// ```
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// The value of a header, when it is there and is text.
    ///
    /// ```
    /// # use fnhost_sdk::Response;
    /// assert_eq!(Response::text("hi").header("content-type"), Some("text/plain; charset=utf-8"));
    /// ```
    pub fn header(&self, name: &str) -> Option<&str> {
        self.0.headers.get(name)?.to_str().ok()
    }

    /// All headers.
    ///
    /// ```
    /// # use fnhost_sdk::Response;
    /// assert_eq!(Response::text("hi").headers().len(), 1);
    /// ```
    pub fn headers(&self) -> &HeaderMap {
        &self.0.headers
    }

    /// The body; empty when it is a stream.
    ///
    /// ```
    /// # use fnhost_sdk::Response;
    /// assert_eq!(Response::text("hi").body().len(), 2);
    /// ```
    pub fn body(&self) -> &Bytes {
        &self.0.body
    }

    /// The form that crosses the seam.
    ///
    /// ```
    /// # use fnhost_sdk::Response;
    /// assert_eq!(Response::text("hi").into_reply().status, 200);
    /// ```
    pub fn into_reply(self) -> HttpReply {
        self.0
    }
}

impl From<HttpReply> for Response {
    fn from(reply: HttpReply) -> Self {
        Self(reply)
    }
}
