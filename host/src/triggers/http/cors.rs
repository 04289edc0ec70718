//! Which web pages may call the functions: the section `[host] cors` of the local settings.
//!
//! The rules are those of the Fetch standard (<https://fetch.spec.whatwg.org/#http-cors-protocol>).

use http::{HeaderMap, HeaderValue, Method, StatusCode, header, request::Parts};

use crate::{
    config::host_file::Cors,
    http_server::{Response, ResponseBody},
};

/// How long browsers may remember the answer to a preflight, in seconds.
const REMEMBER: HeaderValue = HeaderValue::from_static("600");

/// The answer to a preflight; `None` when the request is none, or its page may not call.
pub(super) fn preflight(cors: &Cors, head: &Parts) -> Option<Response> {
    let asks =
        head.method == Method::OPTIONS && head.headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let origin = allowed_origin(cors, &head.headers).filter(|_| asks)?;
    let mut response = Response::new(ResponseBody::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    allow(cors, origin, response.headers_mut());
    for (asked, granted) in [
        (header::ACCESS_CONTROL_REQUEST_METHOD, header::ACCESS_CONTROL_ALLOW_METHODS),
        (header::ACCESS_CONTROL_REQUEST_HEADERS, header::ACCESS_CONTROL_ALLOW_HEADERS),
    ] {
        if let Some(value) = head.headers.get(asked) {
            response.headers_mut().insert(granted, value.clone());
        }
    }
    response.headers_mut().insert(header::ACCESS_CONTROL_MAX_AGE, REMEMBER);
    Some(response)
}

/// The origin of a request whose page may call; `None` for others and for callers that are no pages.
pub(super) fn allowed_origin(cors: &Cors, headers: &HeaderMap) -> Option<HeaderValue> {
    let origin = headers.get(header::ORIGIN)?;
    cors.allows(origin.to_str().ok()?).then(|| origin.clone())
}

/// Tells the browser that this page may read the answer.
pub(super) fn allow(cors: &Cors, origin: HeaderValue, headers: &mut HeaderMap) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    // The answer differs by origin, and caches in between have to know.
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
    if cors.credentials() {
        headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
    }
}
