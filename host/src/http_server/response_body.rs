//! A response's body: bytes that are there, or a stream of them.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

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
    // Boxed: the small case is the frequent one, and bodies are moved about.
    Stream(Box<Streamed>),
}

struct Streamed {
    stream: UnsyncBoxBody<Bytes, BoxError>,
    /// What is left of a piece that was too large to be handed on at once.
    rest: Bytes,
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
        let stream = body.map_err(Into::into).boxed_unsync();
        Self(Kind::Stream(Box::new(Streamed { stream, rest: Bytes::new() })))
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

    /// The next piece, of `most` bytes at most.
    pub(super) fn poll_piece(
        &mut self,
        cx: &mut Context<'_>,
        most: usize,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        match &mut self.0 {
            Kind::Bytes(bytes) if bytes.is_empty() => Poll::Ready(None),
            Kind::Bytes(bytes) => Poll::Ready(Some(Ok(Frame::data(bytes.split_to(bytes.len().min(most)))))),
            Kind::Stream(streamed) => streamed.poll_piece(cx, most),
        }
    }
}

impl Streamed {
    fn poll_piece(
        &mut self,
        cx: &mut Context<'_>,
        most: usize,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if self.rest.is_empty() {
            match ready!(Pin::new(&mut self.stream).poll_frame(cx)).transpose()?.map(Frame::into_data) {
                Some(Ok(data)) => self.rest = data,
                Some(Err(trailers)) => return Poll::Ready(Some(Ok(trailers))),
                None => return Poll::Ready(None),
            }
        }
        let piece = self.rest.split_to(self.rest.len().min(most));
        Poll::Ready(Some(Ok(Frame::data(piece))))
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
            Kind::Stream(streamed) => streamed.rest.is_empty() && streamed.stream.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Kind::Bytes(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Kind::Stream(streamed) => {
                let (hint, rest) = (streamed.stream.size_hint(), streamed.rest.len() as u64);
                let mut whole = SizeHint::new();
                whole.set_lower(hint.lower().saturating_add(rest));
                if let Some(upper) = hint.upper() {
                    whole.set_upper(upper.saturating_add(rest));
                }
                whole
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use http_body_util::StreamBody;

    use super::*;

    #[test]
    fn pieces_are_no_larger_than_asked_for_and_make_the_whole() {
        let chunks = ["abcdefg", "", "hi"]
            .map(|chunk| Ok::<_, BoxError>(Frame::data(Bytes::from_static(chunk.as_bytes()))));
        let stream = ResponseBody::stream(StreamBody::new(futures_util::stream::iter(chunks)));
        for (mut body, expected) in [
            (stream, "abc def g  hi"),
            (ResponseBody::from("abcdefg"), "abc def g"),
            (ResponseBody::empty(), ""),
        ] {
            let mut pieces = Vec::new();
            while let Some(piece) = std::future::poll_fn(|cx| body.poll_piece(cx, 3)).now_or_never().unwrap()
            {
                pieces.push(String::from_utf8(piece.unwrap().into_data().unwrap().to_vec()).unwrap());
            }
            assert_eq!(pieces.join(" "), expected);
        }
    }

    #[test]
    fn lengths_count_what_is_held_back() {
        let full = http_body_util::Full::new(Bytes::from_static(b"abcdefg"));
        let mut body = ResponseBody::stream(full);
        assert_eq!(body.len(), Some(7));
        let piece = std::future::poll_fn(|cx| body.poll_piece(cx, 3)).now_or_never().unwrap();
        assert_eq!(piece.unwrap().unwrap().into_data().unwrap(), "abc");
        assert_eq!((body.len(), body.is_empty()), (Some(4), false));
    }
}
