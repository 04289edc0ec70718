//! `[extensions.http]` as needed.

use std::time::Duration;

use http::{HeaderName, HeaderValue};

use crate::config::code::Code;
use crate::config::entry::{Entries, Entry};
use crate::config::problem::Problem;
use crate::config::report::Report;

use super::build::{count, limit, need};

/// First segments of paths that belong to the host.
pub(crate) const RESERVED: [&str; 2] = ["admin", "runtime"];

/// Headers that say how a message is framed: an app that sets them breaks the connection.
const FRAMING: [&str; 6] =
    ["connection", "content-length", "keep-alive", "te", "transfer-encoding", "upgrade"];

/// Routes, load and limits of the HTTP server.
#[derive(Debug, Clone)]
pub struct HttpConfig {
    route_prefix: String,
    max_outstanding_requests: Option<usize>,
    max_concurrent_requests: Option<usize>,
    custom_headers: Vec<(HeaderName, HeaderValue)>,
    max_request_body_size: u64,
    max_request_line_size: usize,
    max_request_header_size: usize,
    max_request_header_count: usize,
    first_byte_timeout: Duration,
    header_read_timeout: Duration,
    body_read_timeout: Duration,
    body_total_timeout: Duration,
    write_timeout: Duration,
    keep_alive_timeout: Duration,
    max_connections: usize,
    shutdown_grace: Duration,
}

macro_rules! getters {
    ($($(#[$doc:meta])* $name:ident: $type:ty;)*) => {
        $($(#[$doc])* pub fn $name(&self) -> $type { self.$name })*
    };
}

impl HttpConfig {
    /// First part of every path, without slashes around it; empty for none.
    pub fn route_prefix(&self) -> &str {
        &self.route_prefix
    }

    /// Headers that every answer carries.
    pub fn custom_headers(&self) -> &[(HeaderName, HeaderValue)] {
        &self.custom_headers
    }

    getters! {
        /// Requests queued or running; one more is answered 429.
        max_outstanding_requests: Option<usize>;
        /// Requests running; more are queued.
        max_concurrent_requests: Option<usize>;
        /// Bytes of a request body.
        max_request_body_size: u64;
        /// Bytes of a request target.
        max_request_line_size: usize;
        /// Bytes of a request's head.
        max_request_header_size: usize;
        /// Headers of a request.
        max_request_header_count: usize;
        /// Silence allowed to a new connection.
        first_byte_timeout: Duration;
        /// Time for the head of a request.
        header_read_timeout: Duration;
        /// Pause allowed within a request body.
        body_read_timeout: Duration;
        /// Time for a whole request body.
        body_total_timeout: Duration;
        /// Time that an answer may stay unread.
        write_timeout: Duration;
        /// Idle time between two requests.
        keep_alive_timeout: Duration;
        /// Open connections.
        max_connections: usize;
        /// Time for running requests after a request to stop.
        shutdown_grace: Duration;
    }

    pub(super) fn build(entries: &Entries, report: &mut Report) -> Self {
        let bytes = |path| usize::try_from(need(entries.bytes(path))).unwrap_or(usize::MAX);
        let span = |path| need(entries.span(path).flatten());
        Self {
            route_prefix: route_prefix(entries, report),
            max_outstanding_requests: limit(entries, "extensions.http.maxOutstandingRequests"),
            max_concurrent_requests: limit(entries, "extensions.http.maxConcurrentRequests"),
            custom_headers: custom_headers(entries, report),
            max_request_body_size: need(entries.bytes("extensions.http.maxRequestBodySize")),
            max_request_line_size: bytes("extensions.http.maxRequestLineSize"),
            max_request_header_size: bytes("extensions.http.maxRequestHeaderSize"),
            max_request_header_count: count(entries, "extensions.http.maxRequestHeaderCount"),
            first_byte_timeout: span("extensions.http.firstByteTimeout"),
            header_read_timeout: span("extensions.http.headerReadTimeout"),
            body_read_timeout: span("extensions.http.bodyReadTimeout"),
            body_total_timeout: span("extensions.http.bodyTotalTimeout"),
            write_timeout: span("extensions.http.writeTimeout"),
            keep_alive_timeout: span("extensions.http.keepAliveTimeout"),
            max_connections: count(entries, "extensions.http.maxConnections"),
            shutdown_grace: span("extensions.http.shutdownGrace"),
        }
    }
}

fn route_prefix(entries: &Entries, report: &mut Report) -> String {
    let path = "extensions.http.routePrefix";
    let Some(entry) = entries.get(path) else { return String::new() };
    let prefix = need(entries.text(path)).trim_matches('/').to_owned();
    if let Some(problem) = prefix_problem(&prefix, entry) {
        report.push(problem);
    }
    prefix
}

/// What is wrong with a route prefix, of the app or of one function.
pub(crate) fn prefix_problem(prefix: &str, entry: &Entry) -> Option<Problem> {
    let first = prefix.split('/').next().unwrap_or_default();
    if RESERVED.iter().any(|reserved| reserved.eq_ignore_ascii_case(first)) {
        let message = "`routePrefix` conflicts with the built-in routes of the host";
        let problem = Problem::error(Code::ReservedRoute, message, entry.at.clone());
        return Some(problem.allowed(["a prefix that does not begin with the segment `admin` or `runtime`"]));
    }
    let bad = prefix.chars().find(|c| "{}?#%\\".contains(*c) || c.is_whitespace() || c.is_control())?;
    let message = "`routePrefix` is not a plain path";
    let problem =
        Problem::error(Code::BadRoute, message, entry.at.clone()).found(format!("the character {bad:?}"));
    Some(problem.allowed(["literal segments with `/` between them, or empty text for no prefix"]))
}

fn custom_headers(entries: &Entries, report: &mut Report) -> Vec<(HeaderName, HeaderValue)> {
    let mut headers = Vec::new();
    for (name, entry) in entries.map("extensions.http.customHeaders") {
        let Ok(parsed) = HeaderName::try_from(name.as_str()) else {
            let message = format!(
                "`{}` in `[extensions.http.customHeaders]` is not the name of a header",
                name.escape_debug()
            );
            let problem = Problem::error(Code::BadValue, message, entry.key_at.clone());
            report.push(problem.allowed(["letters, digits and `-`"]));
            continue;
        };
        if FRAMING.contains(&parsed.as_str()) {
            let message = format!("the header `{name}` belongs to the HTTP server and cannot be set");
            report.push(Problem::error(Code::BadValue, message, entry.key_at.clone()).help("remove it"));
            continue;
        }
        match HeaderValue::try_from(entry.as_text().unwrap_or_default()) {
            Ok(value) => headers.push((parsed, value)),
            Err(_) => {
                let message = format!("the value of the header `{name}` cannot be sent");
                let problem = Problem::error(Code::BadValue, message, entry.at.clone());
                report.push(problem.allowed(["text without line breaks and control characters"]));
            }
        }
    }
    headers
}
