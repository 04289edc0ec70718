//! A response's body: bytes that are there, or a stream of them.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use http_body_util::combinators::UnsyncBoxBody;

/// Any error a streamed body may end with. It cuts the connection (or the HTTP/2 stream), so that no peer takes the
/// part it has for the whole.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The body of a response.
pub struct ResponseBody(Kind);

enum Kind {
    Bytes(Bytes),
    Stream(UnsyncBoxBody<Bytes, BoxError>),
}

impl ResponseBody {
    /// No body.
    pub fn empty() -> Self {
        Self(Kind::Bytes(Bytes::new()))
    }

    /// A body that is made while it is sent. Dropped, at any point, when nobody is left to take it.
    pub fn stream<B>(body: B) -> Self
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        Self(Kind::Stream(body.map_err(Into::into).boxed_unsync()))
    }

    /// The number of bytes, when it is known before they are sent.
    pub fn len(&self) -> Option<u64> {
        self.size_hint().exact()
    }

    /// Whether it is known that there is nothing to send.
    pub fn is_empty(&self) -> bool {
        self.is_end_stream()
    }

    /// The bytes, when all of them are there.
    pub fn as_bytes(&self) -> Option<&Bytes> {
        match &self.0 {
            Kind::Bytes(bytes) => Some(bytes),
            Kind::Stream(_) => None,
        }
    }

    /// Takes up to `most` bytes from the front when they are there; all of what comes next from a stream.
    pub(super) fn poll_piece(
        &mut self,
        cx: &mut Context<'_>,
        most: usize,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        match &mut self.0 {
            Kind::Bytes(bytes) if bytes.is_empty() => Poll::Ready(None),
            Kind::Bytes(bytes) => {
                let piece = bytes.split_to(bytes.len().min(most));
                Poll::Ready(Some(Ok(Frame::data(piece))))
            }
            Kind::Stream(stream) => Pin::new(stream).poll_frame(cx),
        }
    }
}

impl<B: Into<Bytes>> From<B> for ResponseBody {
    fn from(bytes: B) -> Self {
        Self(Kind::Bytes(bytes.into()))
    }
}

impl Default for ResponseBody {
    fn default() -> Self {
        Self::empty()
    }
}

impl fmt::Debug for ResponseBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Bytes(bytes) => write!(f, "ResponseBody({} bytes)", bytes.len()),
            Kind::Stream(_) => write!(f, "ResponseBody(stream)"),
        }
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        self.poll_piece(cx, usize::MAX)
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Kind::Bytes(bytes) => bytes.is_empty(),
            Kind::Stream(stream) => stream.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Kind::Bytes(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Kind::Stream(stream) => stream.size_hint(),
        }
    }
}
