//! What an app under test answered.

use bytes::Bytes;
use http::{Response, StatusCode};
use serde::de::DeserializeOwned;

/// An answer, read to its end.
#[derive(Debug)]
pub struct Answer(pub(super) Response<Bytes>);

impl Answer {
    /// Status code.
    pub fn status(&self) -> StatusCode {
        self.0.status()
    }

    /// A header as text; `None` when it is absent.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.0.headers().get(name)?.to_str().ok()
    }

    /// The body.
    pub fn body(&self) -> &Bytes {
        self.0.body()
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(self.0.body()).into_owned()
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// When it is no JSON of this shape.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_slice(self.0.body())
    }
}
