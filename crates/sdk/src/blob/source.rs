//! [`BlobBody`]: what can be written into a blob.

use std::{any::Any, error::Error as StdError, fmt};

use bytes::{Bytes, BytesMut};
use fnhost_protocol::{
    blob::{BlobError, BlobStream},
    body::BodyError,
};
use futures_core::Stream;
use futures_util::{StreamExt, stream};
use tokio::{fs::File, io::AsyncReadExt};

use super::Blob;
use crate::extract::BodyStream;

/// How much of a file is read at once.
const PIECE: usize = 256 << 10;

/// What is to be written into a blob. Made from texts, bytes, files, another [`Blob`], the [`BodyStream`] of a request,
/// or any stream ([`stream`](Self::stream)).
///
/// ```
/// # use fnhost_sdk::{BlobBody, BlobClient, BodyStream, Result};
/// pub async fn run(body: BodyStream, blobs: BlobClient) -> Result<()> {
///     let inbox = blobs.container("inbox");
///     inbox.upload("greeting.txt", "hello").await?;
///     inbox.upload("picture.png", vec![0x89, b'P', b'N', b'G']).await?;
///     inbox.upload("upload.bin", body).await?;
///     Ok(())
/// }
/// ```
pub struct BlobBody(BlobStream);

impl BlobBody {
    /// The pieces of a stream, one after the other. If it ends with an error nothing is written.
    ///
    /// ```
    /// # use fnhost_sdk::{BlobBody, BlobClient, Bytes, Result};
    /// # async fn show(blobs: BlobClient) -> Result<()> {
    /// let lines = (1..=3).map(|n| Ok::<_, std::io::Error>(format!("line {n}\n")));
    /// let body = BlobBody::stream(futures_util::stream::iter(lines));
    /// blobs.container("reports").upload("lines.txt", body).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn stream<S, B, E>(pieces: S) -> Self
    where
        S: Stream<Item = Result<B, E>> + Send + 'static,
        B: Into<Bytes>,
        E: StdError + Send + Sync + 'static,
    {
        Self(pieces.map(|piece| piece.map(Into::into).map_err(source)).boxed())
    }

    pub(crate) fn into_stream(self) -> BlobStream {
        self.0
    }
}

/// Errors of stores and of requests keep what they are.
fn source<E: StdError + Send + Sync + 'static>(error: E) -> BlobError {
    let any = &error as &dyn Any;
    if let Some(error) = any.downcast_ref::<BlobError>() {
        return error.clone();
    }
    let body = any.downcast_ref::<BodyError>().cloned();
    BlobError::Source(body.unwrap_or_else(|| BodyError::new(&error)))
}

impl From<Bytes> for BlobBody {
    fn from(bytes: Bytes) -> Self {
        Self(stream::iter([Ok(bytes)]).boxed())
    }
}

impl From<Vec<u8>> for BlobBody {
    fn from(bytes: Vec<u8>) -> Self {
        Bytes::from(bytes).into()
    }
}

impl From<&[u8]> for BlobBody {
    fn from(bytes: &[u8]) -> Self {
        Bytes::copy_from_slice(bytes).into()
    }
}

impl From<String> for BlobBody {
    fn from(text: String) -> Self {
        Bytes::from(text).into()
    }
}

impl From<&str> for BlobBody {
    fn from(text: &str) -> Self {
        text.as_bytes().into()
    }
}

impl From<Blob> for BlobBody {
    fn from(blob: Blob) -> Self {
        Self(blob.stream())
    }
}

impl From<BodyStream> for BlobBody {
    fn from(body: BodyStream) -> Self {
        Self::stream(body)
    }
}

/// From where the file stands to its end.
impl From<File> for BlobBody {
    fn from(file: File) -> Self {
        Self::stream(stream::try_unfold((file, BytesMut::new()), |(mut file, mut room)| async move {
            room.reserve(PIECE);
            let read = file.read_buf(&mut room).await?;
            Ok::<_, std::io::Error>((read > 0).then(|| (room.split().freeze(), (file, room))))
        }))
    }
}

impl From<std::fs::File> for BlobBody {
    fn from(file: std::fs::File) -> Self {
        File::from_std(file).into()
    }
}

impl fmt::Debug for BlobBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BlobBody")
    }
}
