//! [`BodyStream`]: the body piece by piece.

use std::{
    fmt,
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use fnhost_protocol::{
    body::{BodyBytes, BodyError},
    http::HttpCall,
};
use futures_core::Stream;
use futures_util::{StreamExt, stream};

use crate::{
    call::Call,
    error::{Context as _, Error, Result},
    extract::FromRequest,
};

/// The body of a request, piece by piece as it comes: for bodies that are not to be held in memory. The binding of the
/// function says `dataType = "stream"`; without that the whole body has been read before, and this gives it at once.
///
/// The limits of `[extensions.http]` hold: a body that is too large or too slow ends with an error, which answers 413
/// or 408 when it leaves the function with `?`.
///
/// ```
/// # use fnhost_sdk::{BodyStream, Result};
/// pub async fn run(mut body: BodyStream) -> Result<String> {
///     let mut lines = 0;
///     while let Some(piece) = body.next_piece().await? {
///         lines += piece.iter().filter(|byte| **byte == b'\n').count();
///     }
///     Ok(format!("{lines} lines"))
/// }
/// ```
pub struct BodyStream(BodyBytes);

impl BodyStream {
    /// The next bytes; `None` after the last.
    ///
    /// # Errors
    /// The client went away, was too slow, or sent too much.
    ///
    /// ```
    /// # use fnhost_sdk::{BodyStream, Result};
    /// # async fn show(mut body: BodyStream) -> Result<bool> {
    /// Ok(body.next_piece().await?.is_none())
    /// # }
    /// ```
    pub async fn next_piece(&mut self) -> Result<Option<Bytes>, BodyError> {
        poll_fn(|context| self.0.as_mut().poll_next(context)).await.transpose()
    }
}

impl FromRequest for BodyStream {
    fn from_request(request: &HttpCall, _call: &Call) -> Result<Self> {
        match &request.stream {
            Some(stream) => {
                let taken = stream.take().context("the body was taken by a parameter before this one");
                Ok(Self(taken?))
            }
            None => Ok(Self(stream::iter([Ok(request.body.clone())]).boxed())),
        }
    }
}

impl Stream for BodyStream {
    type Item = Result<Bytes, BodyError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.as_mut().poll_next(context)
    }
}

impl fmt::Debug for BodyStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BodyStream")
    }
}

/// The whole body, for parameters that need it whole.
pub(super) fn whole(request: &HttpCall) -> Result<&Bytes> {
    match &request.stream {
        None => Ok(&request.body),
        Some(_) => Err(Error::new(
            "the body is not in memory, because the binding says `dataType = \"stream\"`: take a `BodyStream`",
        )),
    }
}
