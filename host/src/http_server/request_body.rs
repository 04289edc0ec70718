//! A request's body: bytes whose number and whose slowness are bounded.
//!
//! The gateway wraps hyper's body in it; services read it, at once with [`RequestBody::collect_bytes`] or piece by
//! piece as an [`http_body::Body`]. The timers exist only while somebody waits: a body that came with its head, which
//! is nearly every one, costs none.

use std::error::Error;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::time::{Instant, Sleep, sleep_until};

use super::limits::Limits;

/// Why a body cannot be had. Each becomes a [`Problem`](super::Problem) by `From`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// More bytes than the limit, announced or sent.
    #[error("read the body: it is larger than the {limit} bytes that are allowed")]
    TooLarge {
        /// What [`Limits::body_bytes`] allows.
        limit: u64,
    },
    /// The peer was too slow.
    #[error("read the body: nothing more came within the time allowed")]
    Timeout,
    /// The peer went away before the end.
    #[error("read the body: the client went away before its end")]
    Disconnected,
    /// The bytes are not what the head or the coding says.
    #[error("read the body: it is not encoded as its header says")]
    Malformed,
}

/// The body of a request.
#[derive(Debug)]
pub struct RequestBody {
    source: Source,
    limit: u64,
    seen: u64,
    idle: Duration,
    total: Duration,
    /// Made at the first wait.
    wait: Option<Box<Wait>>,
    /// The first error is the last word: asking again gives it again.
    failed: Option<BodyError>,
}

#[derive(Debug)]
enum Source {
    Wire(Incoming),
    Memory(Bytes),
}

#[derive(Debug)]
struct Wait {
    /// When the whole body has to be there.
    end: Instant,
    /// When the last piece came, or the first wait began.
    progress: Instant,
    alarm: Pin<Box<Sleep>>,
}

/// Collecting reserves no more than this on the word of a `Content-Length` alone.
const TRUSTED_CAPACITY: u64 = 64 * 1024;

impl RequestBody {
    pub(super) fn new(incoming: Incoming, limits: &Limits) -> Self {
        let (idle, total) = (limits.body_idle, limits.body_total);
        Self {
            source: Source::Wire(incoming),
            limit: limits.body_bytes,
            seen: 0,
            idle,
            total,
            wait: None,
            failed: None,
        }
    }

    /// A body that is already here: for requests the host makes to itself, and for tests.
    pub fn from_bytes(bytes: impl Into<Bytes>) -> Self {
        Self {
            source: Source::Memory(bytes.into()),
            limit: u64::MAX,
            seen: 0,
            idle: Duration::MAX,
            total: Duration::MAX,
            wait: None,
            failed: None,
        }
    }

    /// Reads the body to its end. A body that came in one piece is returned as it lies in the read buffer.
    ///
    /// # Errors
    /// See [`BodyError`]. Dropping the body half read (which an error answer does) closes an HTTP/1 connection after
    /// the answer.
    pub async fn collect_bytes(mut self) -> Result<Bytes, BodyError> {
        let Some(first) = self.next_data().await? else { return Ok(Bytes::new()) };
        if self.is_end_stream() {
            return Ok(first);
        }
        let Some(second) = self.next_data().await? else { return Ok(first) };
        let expected = self.size_hint().lower().min(TRUSTED_CAPACITY);
        let expected = usize::try_from(expected).unwrap_or_default();
        let mut whole = BytesMut::with_capacity(first.len() + second.len() + expected);
        whole.extend_from_slice(&first);
        whole.extend_from_slice(&second);
        // The pieces pin the buffers they were read into.
        drop((first, second));
        while let Some(more) = self.next_data().await? {
            whole.extend_from_slice(&more);
        }
        Ok(whole.freeze())
    }

    /// The next piece of data; trailers are passed over.
    async fn next_data(&mut self) -> Result<Option<Bytes>, BodyError> {
        loop {
            let frame = poll_fn(|cx| Pin::new(&mut *self).poll_frame(cx)).await.transpose()?;
            match frame.map(Frame::into_data) {
                None => return Ok(None),
                Some(Ok(data)) if !data.is_empty() => return Ok(Some(data)),
                Some(Ok(_) | Err(_)) => {}
            }
        }
    }

    fn fail(&mut self, error: BodyError) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        self.failed = Some(error.clone());
        self.wait = None;
        Poll::Ready(Some(Err(error)))
    }

    fn poll_wait(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let (idle, total) = (self.idle, self.total);
        let wait = self.wait.get_or_insert_with(|| {
            let now = Instant::now();
            let end = far(now, total);
            Box::new(Wait { end, progress: now, alarm: Box::pin(sleep_until(end.min(far(now, idle)))) })
        });
        loop {
            ready!(wait.alarm.as_mut().poll(cx));
            let deadline = wait.end.min(far(wait.progress, idle));
            if wait.alarm.deadline() >= deadline {
                return Poll::Ready(());
            }
            // Pieces have come since the alarm was set.
            wait.alarm.as_mut().reset(deadline);
        }
    }
}

/// `from + wait`, or so late that nobody will live to see it.
fn far(from: Instant, wait: Duration) -> Instant {
    const THIRTY_YEARS: Duration = Duration::from_secs(86_400 * 365 * 30);
    from + wait.min(THIRTY_YEARS)
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let this = &mut *self;
        if let Some(error) = &this.failed {
            return Poll::Ready(Some(Err(error.clone())));
        }
        let incoming = match &mut this.source {
            Source::Wire(incoming) => incoming,
            Source::Memory(bytes) if bytes.is_empty() => return Poll::Ready(None),
            Source::Memory(bytes) => return Poll::Ready(Some(Ok(Frame::data(std::mem::take(bytes))))),
        };
        match Pin::new(incoming).poll_frame(cx) {
            Poll::Ready(Some(Ok(frame))) => {
                if let Some(wait) = &mut this.wait {
                    wait.progress = Instant::now();
                }
                this.seen += frame.data_ref().map_or(0, |data| data.len() as u64);
                if this.seen > this.limit {
                    return this.fail(BodyError::TooLarge { limit: this.limit });
                }
                Poll::Ready(Some(Ok(frame)))
            }
            Poll::Ready(Some(Err(error))) => this.fail(cause(&error)),
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Pending => {
                ready!(this.poll_wait(cx));
                this.fail(BodyError::Timeout)
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.source {
            _ if self.failed.is_some() => false,
            Source::Wire(incoming) => incoming.is_end_stream(),
            Source::Memory(bytes) => bytes.is_empty(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.source {
            Source::Wire(incoming) => incoming.size_hint(),
            Source::Memory(bytes) => SizeHint::with_exact(bytes.len() as u64),
        }
    }
}

/// Whose fault an error of hyper's is: bytes that make no sense are the sender's, all else is the connection's end.
fn cause(error: &hyper::Error) -> BodyError {
    let mut next: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = next {
        if let Some(io) = error.downcast_ref::<io::Error>() {
            return match io.kind() {
                io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => BodyError::Malformed,
                _ => BodyError::Disconnected,
            };
        }
        next = error.source();
    }
    BodyError::Disconnected
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_body_in_memory_is_returned_without_a_copy() {
        let bytes = Bytes::from(vec![1u8; 1000]);
        let collected = RequestBody::from_bytes(bytes.clone()).collect_bytes().await.unwrap();
        assert_eq!(collected.as_ptr(), bytes.as_ptr());
        assert_eq!(RequestBody::from_bytes("").collect_bytes().await.unwrap(), Bytes::new());
    }

    #[test]
    fn far_away_never_overflows() {
        let now = Instant::now();
        assert!(far(now, Duration::MAX) > now);
        assert_eq!(far(now, Duration::from_secs(1)), now + Duration::from_secs(1));
    }
}
