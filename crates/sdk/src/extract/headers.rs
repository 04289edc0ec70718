//! Method, address and headers of a request.

use std::ops::Deref;

use fnhost_protocol::http::HttpCall;
use http::{HeaderMap, Method, Uri};

use crate::{call::Call, error::Result, extract::FromRequest};

/// All headers of a request.
///
/// ```
/// # use fnhost_sdk::Headers;
/// pub async fn run(headers: Headers) -> String {
///     format!("You are using {}.", headers.text("user-agent").unwrap_or("something"))
/// }
/// ```
#[derive(Debug, Clone, Default)]
pub struct Headers(pub HeaderMap);

impl Headers {
    /// The value of a header, when it is there and is text. Names are compared without case.
    ///
    /// ```
    /// # use fnhost_sdk::Headers;
    /// assert_eq!(Headers::default().text("user-agent"), None);
    /// ```
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.to_str().ok()
    }
}

impl Deref for Headers {
    type Target = HeaderMap;

    fn deref(&self) -> &HeaderMap {
        &self.0
    }
}

impl FromRequest for Headers {
    fn from_request(request: &HttpCall, _call: &Call) -> Result<Self> {
        Ok(Self(request.headers.clone()))
    }
}

impl FromRequest for Method {
    fn from_request(request: &HttpCall, _call: &Call) -> Result<Self> {
        Ok(request.method.clone())
    }
}

impl FromRequest for Uri {
    fn from_request(request: &HttpCall, _call: &Call) -> Result<Self> {
        Ok(request.uri.clone())
    }
}
