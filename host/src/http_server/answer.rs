//! One answer on its way from the service to hyper: made safe to send, and counted until it is gone.

use std::any::Any;
use std::convert::Infallible;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::StatusCode;
use http::header::{self, HeaderMap, HeaderValue};
use http_body::{Body, Frame, SizeHint};

use super::problem::Problem;
use super::registry::Connection;
use super::response_body::{BoxError, ResponseBody};
use super::service::{Response, ServiceFuture};
use super::streams::Progress;
use crate::shutdown::Stage;

/// The future hyper polls. Dropping it drops the service's future: that is how work is cancelled.
pub(super) struct Answer {
    work: Work,
    /// Taken by the response.
    guard: Option<InFlight>,
    only_head: bool,
}

enum Work {
    Running(ServiceFuture),
    // Boxed: refusals are rare, and every answer is moved about with room for the larger of the two.
    Ready(Option<Box<Response>>),
}

impl Answer {
    /// Lets a service start.
    pub(super) fn start(guard: InFlight, call: impl FnOnce() -> ServiceFuture, only_head: bool) -> Self {
        match catch_unwind(AssertUnwindSafe(call)) {
            Ok(future) => Self { work: Work::Running(future), guard: Some(guard), only_head },
            Err(panic) => Self::ready(guard, after_panic(&*panic), only_head),
        }
    }

    /// An answer that needs no service. It is sent with the headers it has.
    pub(super) fn ready(guard: InFlight, response: Response, only_head: bool) -> Self {
        Self { work: Work::Ready(Some(Box::new(response))), guard: Some(guard), only_head }
    }
}

impl Future for Answer {
    type Output = Result<http::Response<Outgoing>, Infallible>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let mut response = match &mut this.work {
            Work::Ready(response) => *response.take().expect("polled again after it was ready"),
            // The future is not polled again after a panic, so nobody sees what it left half done.
            Work::Running(future) => match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx))) {
                Ok(polled) => {
                    let mut response = ready!(polled);
                    tidy(&mut response);
                    response
                }
                Err(panic) => after_panic(&*panic),
            },
        };
        settle_length(&mut response, this.only_head);
        let guard = this.guard.take().expect("polled again after it was ready");
        if guard.is_last() {
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        Poll::Ready(Ok(response.map(|body| Outgoing::new(body, guard))))
    }
}

/// Panics are contained: one request has failed, the connection and the host have not.
fn after_panic(panic: &(dyn Any + Send)) -> Response {
    let text = panic.downcast_ref::<&str>().copied();
    let panic = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message");
    tracing::error!(panic, "a service panicked while it answered a request");
    Problem::internal().into_response()
}

/// Takes out of a service's response what would break the connection: services pass on headers that user code chose,
/// and hyper trusts them.
fn tidy(response: &mut Response) {
    if response.status().is_informational() {
        let status = response.status().as_u16();
        tracing::error!(status, "a service answered with an interim status, which is no answer");
        *response = Problem::internal().into_response();
    }
    if response.headers().keys().any(|name| OF_CONNECTION.contains(&name.as_str())) {
        for name in OF_CONNECTION {
            response.headers_mut().remove(name);
        }
    }
}

/// Headers that speak of one connection, which is the server's.
const OF_CONNECTION: [&str; 5] =
    ["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"];

/// Makes body and length agree with each other, with the status, and with the method.
fn settle_length(response: &mut Response, only_head: bool) {
    let bodiless = matches!(response.status(), StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
    let length = response.body().len();
    // A length given by the service counts only where nothing better is known: for a stream, and for an answer to
    // HEAD that was made without its body.
    let keeps = !bodiless && (length.is_none() || (only_head && length == Some(0)));
    if response.headers().contains_key(header::CONTENT_LENGTH)
        && !(keeps && has_one_length(response.headers()))
    {
        response.headers_mut().remove(header::CONTENT_LENGTH);
    }
    if only_head && !bodiless && length.is_some_and(|length| length > 0) {
        response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(length.unwrap_or_default()));
    }
    if only_head || bodiless {
        *response.body_mut() = ResponseBody::empty();
    }
}

fn has_one_length(headers: &HeaderMap) -> bool {
    let mut lengths = headers.get_all(header::CONTENT_LENGTH).iter();
    let is_number = |value: &HeaderValue| {
        let digits = value.as_bytes();
        digits.iter().all(u8::is_ascii_digit)
            && value.to_str().is_ok_and(|digits| digits.parse::<u64>().is_ok())
    };
    matches!((lengths.next(), lengths.next()), (Some(length), None) if is_number(length))
}

/// Counts a request as in flight, from hyper's call to the end (or the loss) of its answer.
#[derive(Debug)]
pub(super) struct InFlight {
    connection: Arc<Connection>,
    /// Of an HTTP/2 stream: tells its task how the answer gets on.
    progress: Option<Arc<Progress>>,
    complete: bool,
}

impl InFlight {
    pub(super) fn new(connection: Arc<Connection>, progress: Option<Arc<Progress>>) -> Self {
        connection.moments.in_flight.fetch_add(1, Ordering::Relaxed);
        Self { connection, progress, complete: false }
    }

    /// Whether the connection will be closed after this answer, which HTTP/1 peers are told: because the server
    /// stops, or because the rest of this request's body would have to be read to find the next request.
    fn is_last(&self) -> bool {
        let connection = &self.connection;
        self.progress.is_none()
            && (connection.body_open.load(Ordering::Relaxed) || connection.registry.stage() > Stage::Running)
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        let moments = &self.connection.moments;
        moments.idle.set(self.connection.now());
        // Release, after the line above: who sees the count at 0 must see since when.
        moments.in_flight.fetch_sub(1, Ordering::Release);
        let registry = &self.connection.registry;
        if registry.stage() > Stage::Running {
            let tally = if self.complete { &registry.tally.finished } else { &registry.tally.aborted };
            tally.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// A response's body as hyper takes it.
#[derive(Debug)]
pub(super) struct Outgoing {
    body: ResponseBody,
    guard: InFlight,
}

/// HTTP/2 answers are handed over in pieces of this size: hyper asks for the next one only when the peer has made
/// room, which is how a stalled stream is noticed, and no more than this is ever beyond our reach.
const PIECE: usize = 64 * 1024;

impl Outgoing {
    fn new(body: ResponseBody, mut guard: InFlight) -> Self {
        guard.complete = body.is_end_stream();
        Self { body, guard }
    }
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let Self { body, guard } = &mut *self;
        let most = if guard.progress.is_some() { PIECE } else { usize::MAX };
        let polled = body.poll_piece(cx, most);
        guard.complete = matches!(polled, Poll::Ready(None)) || body.is_end_stream();
        if let Some(progress) = &guard.progress {
            match polled {
                Poll::Ready(_) => progress.handed.set(guard.connection.now()),
                Poll::Pending => progress.handed.clear(),
            }
        }
        if let Poll::Ready(Some(Err(error))) = &polled {
            tracing::warn!(%error, "a response's body failed after its head was sent");
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
#[path = "answer_tests.rs"]
mod tests;
