//! [`HttpRequest`]: the whole request.

use bytes::Bytes;
use fnhost_protocol::http::HttpCall;
use http::{HeaderMap, Method, Uri};

use super::query::values_of;
use crate::{call::Call, error::Result, extract::FromRequest};

/// Everything of a request, for functions that must look at all of it.
///
/// ```
/// # use fnhost_sdk::HttpRequest;
/// pub async fn run(request: HttpRequest) -> String {
///     format!("{} {} with {} bytes", request.method(), request.uri(), request.body().len())
/// }
/// ```
#[derive(Debug, Clone)]
pub struct HttpRequest(HttpCall);

impl HttpRequest {
    /// The method.
    ///
    /// ```
    /// # fn show(request: fnhost_sdk::HttpRequest) -> bool {
    /// request.method() == "POST"
    /// # }
    /// ```
    pub fn method(&self) -> &Method {
        &self.0.method
    }

    /// Path and query, as sent.
    ///
    /// ```
    /// # fn show(request: fnhost_sdk::HttpRequest) -> bool {
    /// request.uri().path().ends_with('/')
    /// # }
    /// ```
    pub fn uri(&self) -> &Uri {
        &self.0.uri
    }

    /// Scheme and authority by which the caller reached this host, such as `http://127.0.0.1:7071`.
    ///
    /// ```
    /// # fn show(request: fnhost_sdk::HttpRequest) -> String {
    /// format!("{}/api/Stats", request.origin())
    /// # }
    /// ```
    pub fn origin(&self) -> &str {
        &self.0.origin
    }

    /// The headers.
    ///
    /// ```
    /// # fn show(request: fnhost_sdk::HttpRequest) -> bool {
    /// request.headers().contains_key("if-none-match")
    /// # }
    /// ```
    pub fn headers(&self) -> &HeaderMap {
        &self.0.headers
    }

    /// A parameter of the route, percent-decoded. Names are compared without case.
    ///
    /// ```
    /// # fn show(request: fnhost_sdk::HttpRequest) -> Option<String> {
    /// request.route("id").map(str::to_owned)
    /// # }
    /// ```
    pub fn route(&self, name: &str) -> Option<&str> {
        self.0
            .route
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// A parameter of the query, percent-decoded; several of one name are joined by commas. Names are compared
    /// without case.
    ///
    /// ```
    /// # fn show(request: fnhost_sdk::HttpRequest) -> Option<String> {
    /// request.query("item")
    /// # }
    /// ```
    pub fn query(&self, name: &str) -> Option<String> {
        let values: Vec<String> = values_of(self.0.uri.query().unwrap_or_default(), name).collect();
        (!values.is_empty()).then(|| values.join(","))
    }

    /// The body; empty where the binding says `dataType = "stream"` and a [`BodyStream`](crate::BodyStream) has it.
    ///
    /// ```
    /// # fn show(request: fnhost_sdk::HttpRequest) -> bool {
    /// request.body().is_empty()
    /// # }
    /// ```
    pub fn body(&self) -> &Bytes {
        &self.0.body
    }
}

impl FromRequest for HttpRequest {
    fn from_request(request: &HttpCall, _call: &Call) -> Result<Self> {
        Ok(Self(request.clone()))
    }
}

impl From<HttpCall> for HttpRequest {
    fn from(call: HttpCall) -> Self {
        Self(call)
    }
}
