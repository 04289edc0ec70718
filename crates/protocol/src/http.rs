//! An HTTP call as a worker sees it, and its answer.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, Uri};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _, ser::Error as _};

use crate::body::{BodyError, StreamedBody};

/// A request that was routed to a function.
#[derive(Debug, Clone)]
pub struct HttpCall {
    /// The method as sent.
    pub method: Method,
    /// Path and query as sent.
    pub uri: Uri,
    /// Scheme and authority by which the client reached us (`http://127.0.0.1:7071`): links are built from it.
    pub origin: Arc<str>,
    /// All headers.
    pub headers: HeaderMap,
    /// Values of the route's parameters, percent-decoded, in template order.
    pub route: Vec<(Arc<str>, String)>,
    /// The whole body; empty while it is in `stream`.
    pub body: Bytes,
    /// The body still unread, where the function asked for it so.
    pub stream: Option<StreamedBody>,
}

impl HttpCall {
    /// The same call with its whole body in memory, which is what can cross to another process.
    ///
    /// # Errors
    /// When the body cannot be had.
    pub async fn collected(mut self) -> Result<Self, BodyError> {
        if let Some(stream) = self.stream.take() {
            self.body = stream.collect().await?;
        }
        Ok(self)
    }
}

/// What a function answers.
#[derive(Debug, Clone)]
pub struct HttpReply {
    /// Status code.
    pub status: StatusCode,
    /// Headers; the host adds framing, date and trace headers.
    pub headers: HeaderMap,
    /// The whole body; empty while it is in `stream`.
    pub body: Bytes,
    /// A body that is made while it is sent.
    pub stream: Option<StreamedBody>,
}

impl HttpReply {
    /// An answer with this status and neither headers nor body.
    pub fn empty(status: StatusCode) -> Self {
        Self { status, headers: HeaderMap::new(), body: Bytes::new(), stream: None }
    }

    /// The same answer with its whole body in memory, which is what can cross to another process.
    ///
    /// # Errors
    /// When the body cannot be had.
    pub async fn collected(mut self) -> Result<Self, BodyError> {
        if let Some(stream) = self.stream.take() {
            self.body = stream.collect().await?;
        }
        Ok(self)
    }
}

/// The plain form that crosses a process border. Header values are bytes: HTTP allows more than UTF-8.
#[derive(Serialize, Deserialize)]
struct PlainCall {
    method: String,
    uri: String,
    origin: Arc<str>,
    headers: Vec<(String, Vec<u8>)>,
    route: Vec<(Arc<str>, String)>,
    body: Bytes,
}

#[derive(Serialize, Deserialize)]
struct PlainReply {
    status: u16,
    headers: Vec<(String, Vec<u8>)>,
    body: Bytes,
}

fn plain_headers(headers: &HeaderMap) -> Vec<(String, Vec<u8>)> {
    headers.iter().map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec())).collect()
}

fn header_map(plain: Vec<(String, Vec<u8>)>) -> Result<HeaderMap, http::Error> {
    let mut headers = HeaderMap::with_capacity(plain.len());
    for (name, value) in plain {
        headers.append(http::HeaderName::try_from(name)?, http::HeaderValue::try_from(value)?);
    }
    Ok(headers)
}

const UNREAD: &str = "a body that is a stream must be collected before it crosses";

impl Serialize for HttpCall {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.stream.is_some() {
            return Err(S::Error::custom(UNREAD));
        }
        PlainCall {
            method: self.method.to_string(),
            uri: self.uri.to_string(),
            origin: self.origin.clone(),
            headers: plain_headers(&self.headers),
            route: self.route.clone(),
            body: self.body.clone(),
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for HttpCall {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let plain = PlainCall::deserialize(deserializer)?;
        Ok(Self {
            method: plain.method.parse().map_err(D::Error::custom)?,
            uri: plain.uri.parse().map_err(D::Error::custom)?,
            origin: plain.origin,
            headers: header_map(plain.headers).map_err(D::Error::custom)?,
            route: plain.route,
            body: plain.body,
            stream: None,
        })
    }
}

impl Serialize for HttpReply {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.stream.is_some() {
            return Err(S::Error::custom(UNREAD));
        }
        PlainReply {
            status: self.status.as_u16(),
            headers: plain_headers(&self.headers),
            body: self.body.clone(),
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for HttpReply {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let plain = PlainReply::deserialize(deserializer)?;
        Ok(Self {
            status: StatusCode::from_u16(plain.status).map_err(D::Error::custom)?,
            headers: header_map(plain.headers).map_err(D::Error::custom)?,
            body: plain.body,
            stream: None,
        })
    }
}
