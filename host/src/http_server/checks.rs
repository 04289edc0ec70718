//! What a request's head must be before any service sees it, beyond what hyper has already refused.
//!
//! Pure: a head goes in, a refusal or the head in its one normal form comes out. Called by the gateway for each
//! request, so the usual request must pass without an allocation.

use http::header::{self, HeaderMap, HeaderValue};
use http::uri::{Authority, PathAndQuery, Uri};
use http::{Method, Request, StatusCode, Version};
use http_body::Body;

use super::limits::Limits;
use super::problem::Problem;

/// Refuses a head that breaks the rules, and brings the others into the form that services rely on: the URI in origin
/// form, one `Host`.
pub(super) fn admit<B: Body>(request: &mut Request<B>, limits: &Limits) -> Result<(), Problem> {
    if *request.method() == Method::CONNECT {
        return Err(Problem::new(StatusCode::NOT_IMPLEMENTED, "connectNotSupported")
            .detail("this host is not a proxy"));
    }
    if request.uri().scheme().is_none() && request.uri().authority().is_some() {
        return Err(Problem::new(StatusCode::BAD_REQUEST, "badTarget").detail("the target is not a path"));
    }
    let length = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
    if length > limits.url_bytes {
        return Err(Problem::new(StatusCode::URI_TOO_LONG, "urlTooLong")
            .detail("path and query have more bytes than this host takes")
            .found(length)
            .allowed(limits.url_bytes));
    }
    check_host(request)?;
    check_body(request, limits)?;
    if request.version() == Version::HTTP_2 {
        check_http2(request)?;
    }
    to_origin_form(request);
    Ok(())
}

fn check_host<B>(request: &Request<B>) -> Result<(), Problem> {
    let mut hosts = request.headers().get_all(header::HOST).iter();
    match (hosts.next(), hosts.next()) {
        (Some(host), None) if is_host(host.as_bytes()) => {}
        (Some(_), None) => return Err(bad_host("the Host header is not a host and port")),
        (Some(_), Some(_)) => return Err(bad_host("there is more than one Host header")),
        (None, _) if request.version() == Version::HTTP_11 => {
            return Err(bad_host("the Host header is missing"));
        }
        (None, _) => {}
    }
    match request.uri().authority() {
        Some(authority) if !is_host(authority.as_str().as_bytes()) => {
            Err(bad_host("the target's authority is not a host and port"))
        }
        _ => Ok(()),
    }
}

/// What hyper checks of HTTP/1 messages only.
fn check_http2<B>(request: &Request<B>) -> Result<(), Problem> {
    match (request.uri().authority(), request.headers().get(header::HOST)) {
        (None, None) => return Err(bad_host("neither :authority nor Host is there")),
        // RFC 9113, 8.3.1: two names for one request are a disguise.
        (Some(authority), Some(host))
            if !host.as_bytes().eq_ignore_ascii_case(authority.as_str().as_bytes()) =>
        {
            return Err(bad_host("Host and :authority differ"));
        }
        _ => {}
    }
    let mut lengths = request.headers().get_all(header::CONTENT_LENGTH).iter();
    match (lengths.next(), lengths.next()) {
        (Some(one), Some(two)) if one != two => {
            Err(Problem::new(StatusCode::BAD_REQUEST, "badLength").detail("two Content-Lengths differ"))
        }
        _ => Ok(()),
    }
}

fn bad_host(detail: &'static str) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "badHost").detail(detail)
}

/// Only what names, addresses and ports are made of: hosts end up in links, so nothing else may pass.
fn is_host(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.iter().all(|byte| IN_HOSTS[usize::from(*byte)])
}

/// A table, because each request's host goes through it.
const IN_HOSTS: [bool; 256] = {
    let mut fits = [false; 256];
    let mut byte = 0u8;
    while byte < 128 {
        fits[byte as usize] =
            byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':' | b'_' | b'[' | b']');
        byte += 1;
    }
    fits
};

fn check_body<B: Body>(request: &Request<B>, limits: &Limits) -> Result<(), Problem> {
    if let Some(length) = request.body().size_hint().exact() {
        if length > limits.body_bytes {
            return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "bodyTooLarge")
                .detail("the body has more bytes than this host takes")
                .found(length)
                .allowed(limits.body_bytes));
        }
    } else if !only_chunked(request.headers()) {
        return Err(Problem::new(StatusCode::NOT_IMPLEMENTED, "transferCodingNotSupported")
            .detail("the body has a transfer coding other than chunked")
            .allowed("chunked"));
    }
    Ok(())
}

/// hyper undoes `chunked` and would hand on whatever is below it as if it were the body.
fn only_chunked(headers: &HeaderMap) -> bool {
    let mut codings = headers.get_all(header::TRANSFER_ENCODING).iter();
    let chunked = |value: &HeaderValue| value.as_bytes().eq_ignore_ascii_case(b"chunked");
    match (codings.next(), codings.next()) {
        // HTTP/2 has no codings, and a body without a length there is a plain stream.
        (None, _) => true,
        (Some(coding), None) => chunked(coding),
        (Some(_), Some(_)) => false,
    }
}

fn to_origin_form<B>(request: &mut Request<B>) {
    let Some(authority) = request.uri().authority() else { return };
    // RFC 9112, 3.2.2: the target's authority replaces the header.
    if let Some(host) = host_value(authority) {
        request.headers_mut().insert(header::HOST, host);
    }
    let target = std::mem::take(request.uri_mut())
        .into_parts()
        .path_and_query
        .filter(|target| !target.as_str().is_empty())
        .unwrap_or_else(|| PathAndQuery::from_static("/"));
    *request.uri_mut() = Uri::from(target);
}

fn host_value(authority: &Authority) -> Option<HeaderValue> {
    HeaderValue::from_str(authority.as_str()).ok()
}

#[cfg(test)]
#[path = "checks_tests.rs"]
mod tests;
