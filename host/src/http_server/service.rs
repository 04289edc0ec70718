//! What stands behind the server: one trait, implemented by the HTTP trigger, the management API, and tests.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;

use super::request_body::RequestBody;
use super::response_body::ResponseBody;

/// A response as services give it.
pub type Response = http::Response<ResponseBody>;

/// What a call of a service returns. Boxed because the trait must be object safe: one allocation per request.
pub type ServiceFuture = Pin<Box<dyn Future<Output = Response> + Send>>;

/// Answers requests.
///
/// **Cancellation is dropping.** The server drops the future when nobody is left to hear its answer: the client went
/// away, reset its HTTP/2 stream, or stalled; the grace period of a shutdown ended. There is no other signal. Work
/// that must outlive its caller has to be handed to a task of its own before the first await. Dropping may happen
/// at any await point.
///
/// What an implementer may rely on: the request's head obeys [`super::Limits`]; its URI is in origin form (path and
/// query; `*` for `OPTIONS *`), whatever form the client sent; it carries exactly one well-formed `Host` (HTTP/1.0
/// may lack it); `CONNECT` never arrives; every wait for the body is bounded. An answer to `HEAD` is given as to
/// `GET`: its body is stripped on the way out and its length kept.
///
/// What an implementer need not care for: `Date`, `Content-Length`, and the headers that belong to a connection
/// (`Connection`, `Transfer-Encoding`, ...) are the server's and are replaced. A panic is answered with 500.
///
/// What an implementer must not do: block the thread.
pub trait HttpService: Send + Sync + 'static {
    /// Starts to answer one request that came over `from`.
    fn call(&self, request: http::Request<RequestBody>, from: ConnectionInfo) -> ServiceFuture;
}

impl<F> HttpService for F
where
    F: Fn(http::Request<RequestBody>, ConnectionInfo) -> ServiceFuture + Send + Sync + 'static,
{
    fn call(&self, request: http::Request<RequestBody>, from: ConnectionInfo) -> ServiceFuture {
        self(request, from)
    }
}

/// Where a request came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConnectionInfo {
    /// The other end of the socket: the client, or the nearest proxy.
    pub peer: SocketAddr,
    /// Our end of the socket.
    pub local: SocketAddr,
}
