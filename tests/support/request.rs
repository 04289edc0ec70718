//! One HTTP request, built in a chain and sent over a connection of its own or over a [`Client`]'s.

use std::net::SocketAddr;

use serde_json::Value;

use super::{client::Client, response::Response};

/// A request to one host. The path goes out as it is written: encoding is the test's business.
#[derive(Clone)]
pub(crate) struct Request {
    pub(super) address: SocketAddr,
    pub(super) method: String,
    pub(super) path: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Option<Vec<u8>>,
}

impl Request {
    /// A request without headers and body.
    pub(crate) fn new(address: SocketAddr, method: &str, path: impl Into<String>) -> Self {
        Self { address, method: method.to_owned(), path: path.into(), headers: Vec::new(), body: None }
    }

    /// Adds a header.
    pub(crate) fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// Shows a key.
    pub(crate) fn key(self, key: &str) -> Self {
        self.header("x-functions-key", key)
    }

    /// Sends a JSON document.
    pub(crate) fn json(self, value: &Value) -> Self {
        self.body("application/json", value.to_string())
    }

    /// Sends bytes under a content type.
    pub(crate) fn body(self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let mut request = self.header("content-type", content_type);
        request.body = Some(body.into());
        request
    }

    /// Sends bytes without saying what they are.
    pub(crate) fn untyped_body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        self
    }

    /// Sends it over a connection of its own; a broken connection fails the test.
    #[track_caller]
    pub(crate) fn send(self) -> Response {
        match Client::to(self.address).send(&self.header("connection", "close")) {
            Ok(response) => response,
            Err(error) => panic!("the host did not answer: {error}"),
        }
    }

    /// Method and path, for messages.
    pub(super) fn title(&self) -> String {
        let mut title = format!("{} {}", self.method, self.path);
        if title.len() > 300 {
            title = title.chars().take(300).chain("…".chars()).collect();
        }
        title
    }

    /// The bytes on the wire.
    pub(super) fn wire(&self) -> Vec<u8> {
        let mut head = format!("{} {} HTTP/1.1\r\n", self.method, self.path);
        if !self.has("host") {
            head.push_str(&format!("host: {}\r\n", self.address));
        }
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        let framed = self.has("content-length") || self.has("transfer-encoding");
        if !framed && (self.body.is_some() || matches!(self.method.as_str(), "POST" | "PUT")) {
            head.push_str(&format!("content-length: {}\r\n", self.body.as_ref().map_or(0, Vec::len)));
        }
        head.push_str("\r\n");
        let mut wire = head.into_bytes();
        wire.extend(self.body.iter().flatten());
        wire
    }

    fn has(&self, name: &str) -> bool {
        self.headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name))
    }
}
