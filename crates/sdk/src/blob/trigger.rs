//! [`TriggerBlob`]: the blob that started a call.

use std::{fmt, sync::Arc};

use bytes::Bytes;
use fnhost_protocol::{
    blob::{BlobApi, BlobError, BlobProperties, BlobStream},
    bound::BlobCall,
};

use super::Blob;
use crate::{
    call::Call,
    error::{Context as _, Result},
};

/// The blob that started a call. Functions that a `blobTrigger` starts take it as a parameter.
///
/// What is read is exactly the version that started the call. When it was written over meanwhile, reading fails with
/// [`BlobError::Changed`]; the new version starts a call of its own, and this one is not repeated.
///
/// ```
/// # use fnhost_sdk::{BlobClient, Result, TriggerBlob};
/// pub async fn run(blob: TriggerBlob, blobs: BlobClient) -> Result<()> {
///     let copy = format!("copies/{}", blob.name());
///     blobs.container("backups").upload(copy, blob.open().await?).await?; // in little memory
///     Ok(())
/// }
/// ```
#[derive(Clone)]
pub struct TriggerBlob {
    call: Arc<BlobCall>,
    api: Arc<dyn BlobApi>,
}

impl TriggerBlob {
    /// Takes it from a call.
    ///
    /// # Errors
    /// When no blob started the call.
    pub(crate) fn of_call(call: &Call) -> Result<Self> {
        let name = call.info().function();
        let blob = call.blob().with_context(|| format!("`{name}` was not started by a blob"))?;
        let api = call.services().blobs().context("this host runs without blob stores")?;
        Ok(Self { call: Arc::new(blob.clone()), api: api.clone() })
    }

    /// Its name within the container: `2026/november.csv`.
    ///
    /// ```
    /// # fn show(blob: fnhost_sdk::TriggerBlob) -> bool {
    /// blob.name().ends_with(".csv")
    /// # }
    /// ```
    pub fn name(&self) -> &str {
        &self.call.path.name
    }

    /// Container and name: `reports/2026/november.csv`.
    ///
    /// ```
    /// # fn show(blob: fnhost_sdk::TriggerBlob) -> String {
    /// format!("{} has arrived", blob.path())
    /// # }
    /// ```
    pub fn path(&self) -> String {
        self.call.path.to_string()
    }

    /// What a capture of the trigger's path took of the name; `None` when the path has no such capture.
    ///
    /// ```
    /// # fn show(blob: fnhost_sdk::TriggerBlob) {
    /// // path = "reports/{year}/{month}.csv"
    /// let year = blob.capture("year");
    /// # }
    /// ```
    pub fn capture(&self, name: &str) -> Option<&str> {
        let found = self.call.captures.iter().find(|(capture, _)| capture.eq_ignore_ascii_case(name));
        found.map(|(_, text)| text.as_str())
    }

    /// Size, version, content type and metadata, as they were when the call began.
    ///
    /// ```
    /// # fn show(blob: fnhost_sdk::TriggerBlob) -> u64 {
    /// blob.properties().length
    /// # }
    /// ```
    pub fn properties(&self) -> &BlobProperties {
        &self.call.properties
    }

    /// Begins to read it.
    ///
    /// # Errors
    /// [`BlobError::Changed`] when it is another version by now, [`BlobError::NotFound`] when it is gone; the store
    /// refuses or cannot be reached.
    ///
    /// ```
    /// # use fnhost_sdk::{Result, TriggerBlob};
    /// # async fn show(blob: TriggerBlob) -> Result<usize> {
    /// let head = blob.open().await?.bytes_within(1 << 20).await?;
    /// # Ok(head.len())
    /// # }
    /// ```
    pub async fn open(&self) -> Result<Blob, BlobError> {
        let version = Some(self.call.properties.version.clone());
        let read = self.api.read(self.call.path.clone(), version).await?;
        Ok(Blob::new(self.call.path.clone(), read))
    }

    /// Reads all of it as text.
    ///
    /// # Errors
    /// As [`open`](Self::open); it is no UTF-8, or larger than [`Blob::MOST_IN_MEMORY`].
    ///
    /// ```
    /// # use fnhost_sdk::{Result, TriggerBlob};
    /// # async fn show(blob: TriggerBlob) -> Result<usize> {
    /// Ok(blob.text().await?.lines().count())
    /// # }
    /// ```
    pub async fn text(&self) -> Result<String, BlobError> {
        self.open().await?.text().await
    }

    /// Reads all of it.
    ///
    /// # Errors
    /// As [`open`](Self::open); it is larger than [`Blob::MOST_IN_MEMORY`].
    ///
    /// ```
    /// # use fnhost_sdk::{Result, TriggerBlob};
    /// # async fn show(blob: TriggerBlob) -> Result<bool> {
    /// Ok(blob.bytes().await?.starts_with(b"%PDF"))
    /// # }
    /// ```
    pub async fn bytes(&self) -> Result<Bytes, BlobError> {
        self.open().await?.bytes().await
    }

    /// Its bytes as they come.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    ///
    /// ```
    /// # use fnhost_sdk::{BlobBody, BlobClient, Result, TriggerBlob};
    /// # async fn show(blob: TriggerBlob, blobs: BlobClient) -> Result<()> {
    /// let body = BlobBody::stream(blob.stream().await?);
    /// blobs.container("copies").upload("a", body).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn stream(&self) -> Result<BlobStream, BlobError> {
        Ok(self.open().await?.stream())
    }
}

impl fmt::Debug for TriggerBlob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TriggerBlob").field("call", &self.call).finish_non_exhaustive()
    }
}
