//! Bodies that are not in memory: handed over as they are, and read by whoever wants the bytes.

use std::{
    fmt,
    future::poll_fn,
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;
use futures_core::stream::BoxStream;
use serde::{Deserialize, Serialize};

/// Why no more of a body can be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("{message}")]
pub struct BodyError {
    /// Whose fault it is, as the status that the sender of the body is to be told; `None` when it is not a matter of
    /// HTTP.
    pub status: Option<u16>,
    /// What happened.
    pub message: String,
}

impl BodyError {
    /// An error that is not a matter of HTTP.
    pub fn new(message: impl fmt::Display) -> Self {
        Self { status: None, message: message.to_string() }
    }
}

/// The bytes of a body as they come. After an error there are no more.
pub type BodyBytes = BoxStream<'static, Result<Bytes, BodyError>>;

/// A body that is still to be read, once. Clones are handles of the same body: the first that takes it has it.
#[derive(Clone)]
pub struct StreamedBody(Arc<Mutex<Option<BodyBytes>>>);

impl StreamedBody {
    /// A body of these bytes.
    pub fn new(bytes: BodyBytes) -> Self {
        Self(Arc::new(Mutex::new(Some(bytes))))
    }

    /// The bytes; `None` when they were taken before.
    pub fn take(&self) -> Option<BodyBytes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Reads the whole body into memory.
    ///
    /// # Errors
    /// When the stream ends with one, or was taken before.
    pub async fn collect(&self) -> Result<Bytes, BodyError> {
        let mut bytes = self.take().ok_or_else(|| BodyError::new("the body has been taken before"))?;
        let Some(first) = next(&mut bytes).await? else { return Ok(Bytes::new()) };
        let Some(second) = next(&mut bytes).await? else { return Ok(first) };
        let mut whole = Vec::from(first);
        whole.extend_from_slice(&second);
        while let Some(more) = next(&mut bytes).await? {
            whole.extend_from_slice(&more);
        }
        Ok(whole.into())
    }
}

impl fmt::Debug for StreamedBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let taken = self.0.lock().unwrap_or_else(PoisonError::into_inner).is_none();
        f.write_str(if taken { "StreamedBody(taken)" } else { "StreamedBody(unread)" })
    }
}

/// Waits for the next piece; this crate has no combinators.
async fn next(bytes: &mut BodyBytes) -> Result<Option<Bytes>, BodyError> {
    poll_fn(|context| bytes.as_mut().poll_next(context)).await.transpose()
}

#[cfg(test)]
mod tests {
    use std::{
        pin::Pin,
        task::{Context, Poll, Waker},
    };

    use futures_core::Stream;

    use super::*;

    struct Ready(Vec<Result<Bytes, BodyError>>);

    impl Stream for Ready {
        type Item = Result<Bytes, BodyError>;

        fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
            Poll::Ready((!self.0.is_empty()).then(|| self.0.remove(0)))
        }
    }

    fn collect(pieces: &[Result<&'static str, &str>]) -> (StreamedBody, Result<Bytes, BodyError>) {
        let piece = |piece: &Result<&'static str, &str>| match piece {
            Ok(text) => Ok(Bytes::from_static(text.as_bytes())),
            Err(message) => Err(BodyError::new(message)),
        };
        let body = StreamedBody::new(Box::pin(Ready(pieces.iter().map(piece).collect())));
        let collected = {
            let mut collecting = Box::pin(body.collect());
            match collecting.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                Poll::Ready(collected) => collected,
                Poll::Pending => panic!("everything was there"),
            }
        };
        (body, collected)
    }

    #[test]
    fn a_body_is_read_once() {
        let (body, collected) = collect(&[Ok("ab"), Ok(""), Ok("c")]);
        assert_eq!(collected.unwrap(), "abc");
        assert!(body.clone().take().is_none());
        assert_eq!(collect(&[]).1.unwrap(), "");
        assert_eq!(collect(&[Ok("x")]).1.unwrap(), "x");
        assert_eq!(collect(&[Ok("x"), Err("gone")]).1.unwrap_err().to_string(), "gone");
    }
}
