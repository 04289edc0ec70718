//! The home page: tells a person who looks that the host is there. Needs nothing from elsewhere, shows nothing secret.

use http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderValue, Method, StatusCode};

use super::respond::empty;
use crate::http_server::{Response, ResponseBody};

/// The release, as the page and the status tell it.
pub(super) const VERSION: &str = env!("CARGO_PKG_VERSION");

const PAGE: &str = include_str!("home.html");

/// `GET /`
pub(super) fn answer(method: &Method) -> Response {
    if method != Method::GET {
        return empty(StatusCode::NOT_FOUND);
    }
    let mut response = http::Response::new(ResponseBody::from(PAGE.replace("{version}", VERSION)));
    for (name, value) in [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
