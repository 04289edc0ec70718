//! Bodies that are not held in memory: requests that a function reads as they come, answers that it makes while they are
//! sent. The limits and deadlines of the server hold for both: they are those of the socket.

use std::panic::AssertUnwindSafe;

use fnhost_protocol::body::{BodyBytes, BodyError as Broken, StreamedBody};
use futures_util::{StreamExt, stream};
use http::StatusCode;
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};

use super::admission::Admitted;
use crate::http_server::{BodyError, RequestBody, ResponseBody};

/// A request's body for a function that reads it itself.
pub(super) fn unread(body: RequestBody) -> StreamedBody {
    let pieces = stream::try_unfold(body, |mut body| async move {
        while let Some(frame) = body.frame().await {
            // Trailers are passed over.
            if let Ok(piece) = frame.map_err(broken)?.into_data()
                && !piece.is_empty()
            {
                return Ok(Some((piece, body)));
            }
        }
        Ok(None)
    });
    StreamedBody::new(pieces.boxed())
}

fn broken(error: BodyError) -> Broken {
    let status = match error {
        BodyError::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
        BodyError::Timeout => StatusCode::REQUEST_TIMEOUT,
        BodyError::Disconnected | BodyError::Malformed => StatusCode::BAD_REQUEST,
    };
    Broken { status: Some(status.as_u16()), message: format!("failed to {error}") }
}

/// An answer that is made while it is sent. The request counts as being answered until then.
pub(super) fn sent_as_made(pieces: BodyBytes, admitted: Admitted) -> ResponseBody {
    // What makes the pieces is code of the function's, and the connection must not go down with it.
    let contained = AssertUnwindSafe(pieces).catch_unwind().map(move |piece| {
        let _until_the_end = &admitted;
        piece.unwrap_or_else(|_panic| Err(Broken::new("the function panicked while it made its answer")))
    });
    ResponseBody::stream(StreamBody::new(contained.map(|piece| piece.map(Frame::data))))
}
