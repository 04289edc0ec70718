//! One request on its way through this room.

use http::Method;
use http::request::Parts;

use super::path::Path;
use super::query::Query;
use crate::http_server::{ConnectionInfo, RequestBody};
use crate::keys;

/// A request, taken apart once.
pub(super) struct Call {
    pub(super) head: Parts,
    pub(super) path: Path,
    pub(super) query: Query,
    pub(super) body: RequestBody,
    from: ConnectionInfo,
}

impl Call {
    /// `None` when the path is no text.
    pub(super) fn new(request: http::Request<RequestBody>, from: ConnectionInfo) -> Option<Self> {
        let (head, body) = request.into_parts();
        let path = Path::parse(head.uri.path())?;
        let query = Query::parse(head.uri.query().unwrap_or_default());
        Some(Self { head, path, query, body, from })
    }

    /// The method, with `HEAD` as `GET`: the server sends the answer without its body.
    pub(super) fn method(&self) -> &Method {
        if self.head.method == Method::HEAD { &Method::GET } else { &self.head.method }
    }

    /// The key that it carries.
    pub(super) fn key(&self) -> Option<std::borrow::Cow<'_, str>> {
        keys::presented(&self.head.headers, self.head.uri.query())
    }

    /// What links in the answer begin with.
    pub(super) fn origin(&self, trust_proxy: bool) -> String {
        keys::origin(&self.head.headers, &self.from, trust_proxy)
    }
}
