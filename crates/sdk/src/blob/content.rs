//! [`Blob`]: one blob that is being read.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use fnhost_protocol::blob::{BlobError, BlobPath, BlobProperties, BlobRead, BlobStream};
use futures_core::Stream;
use futures_util::TryStreamExt;

/// A blob whose bytes are still to be read: all at once with [`text`](Self::text) and [`bytes`](Self::bytes), or piece
/// by piece as a [`Stream`] of [`Bytes`]. What is returned from an HTTP function becomes its answer, and what is given
/// to [`BlobContainer::upload`](crate::BlobContainer::upload) is copied, both in little memory.
///
/// ```
/// # use fnhost_sdk::{Blob, BlobClient, Path, Result};
/// pub async fn run(Path(name): Path<String>, blobs: BlobClient) -> Result<Blob> {
///     Ok(blobs.container("pictures").download(name).await?)
/// }
/// ```
pub struct Blob {
    at: BlobPath,
    properties: BlobProperties,
    body: BlobStream,
}

impl Blob {
    /// The most that [`text`](Self::text) and [`bytes`](Self::bytes) read: 100 MiB.
    pub const MOST_IN_MEMORY: u64 = 100 << 20;

    pub(crate) fn new(at: BlobPath, read: BlobRead) -> Self {
        Self { at, properties: read.properties, body: read.body }
    }

    /// The name within the container.
    ///
    /// ```
    /// # fn show(blob: fnhost_sdk::Blob) -> bool {
    /// blob.name().ends_with(".png")
    /// # }
    /// ```
    pub fn name(&self) -> &str {
        &self.at.name
    }

    /// Size, version, content type and metadata.
    ///
    /// ```
    /// # fn show(blob: fnhost_sdk::Blob) -> u64 {
    /// blob.properties().length
    /// # }
    /// ```
    pub fn properties(&self) -> &BlobProperties {
        &self.properties
    }

    /// Reads all of it as text.
    ///
    /// # Errors
    /// It is no UTF-8, larger than [`MOST_IN_MEMORY`](Self::MOST_IN_MEMORY), has changed meanwhile, or cannot be read.
    ///
    /// ```
    /// # async fn show(blob: fnhost_sdk::Blob) -> fnhost_sdk::Result<usize> {
    /// Ok(blob.text().await?.lines().count())
    /// # }
    /// ```
    pub async fn text(self) -> Result<String, BlobError> {
        let what = what(&self.at);
        let bytes = self.bytes().await?;
        String::from_utf8(bytes.into()).map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            BlobError::Invalid {
                message: format!("{what} is no UTF-8 text: the byte at {at} fits no character"),
            }
        })
    }

    /// Reads all of it.
    ///
    /// # Errors
    /// It is larger than [`MOST_IN_MEMORY`](Self::MOST_IN_MEMORY), has changed meanwhile, or cannot be read.
    ///
    /// ```
    /// # async fn show(blob: fnhost_sdk::Blob) -> fnhost_sdk::Result<bool> {
    /// Ok(blob.bytes().await?.starts_with(b"%PDF"))
    /// # }
    /// ```
    pub async fn bytes(self) -> Result<Bytes, BlobError> {
        self.bytes_within(Self::MOST_IN_MEMORY).await
    }

    /// Reads all of it if it is not larger than this.
    ///
    /// # Errors
    /// [`BlobError::TooLarge`] if it is, before anything is read; it has changed meanwhile, or cannot be read.
    ///
    /// ```
    /// # async fn show(blob: fnhost_sdk::Blob) -> fnhost_sdk::Result<()> {
    /// let head = blob.bytes_within(1 << 20).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn bytes_within(mut self, limit: u64) -> Result<Bytes, BlobError> {
        let too_large = || BlobError::TooLarge { what: what(&self.at), limit };
        if self.properties.length > limit {
            return Err(too_large());
        }
        let mut whole = Vec::with_capacity(usize::try_from(self.properties.length).unwrap_or_default());
        while let Some(piece) = self.body.try_next().await? {
            // A store may send more than it has announced.
            if whole.len() as u64 + piece.len() as u64 > limit {
                return Err(too_large());
            }
            whole.extend_from_slice(&piece);
        }
        Ok(whole.into())
    }

    /// The bytes as they come.
    ///
    /// ```
    /// # use fnhost_sdk::{BlobBody, BlobClient, Result};
    /// # async fn show(blobs: BlobClient, blob: fnhost_sdk::Blob) -> Result<()> {
    /// blobs.container("copies").upload("a", BlobBody::stream(blob.stream())).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn stream(self) -> BlobStream {
        self.body
    }
}

/// A blob as messages name it.
fn what(at: &BlobPath) -> String {
    format!("blob `{}` in container `{}` of `{}`", at.name, at.container, at.connection)
}

impl Stream for Blob {
    type Item = Result<Bytes, BlobError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.body.as_mut().poll_next(context)
    }
}

impl fmt::Debug for Blob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Blob")
            .field("at", &self.at)
            .field("properties", &self.properties)
            .finish_non_exhaustive()
    }
}
