//! [`Bindings`]: the blobs that a function's file names.

use std::{fmt, sync::Arc};

use bytes::Bytes;
use fnhost_protocol::{
    blob::{BlobApi, BlobError, BlobProperties, WriteOptions},
    bound::{BlobDirection, BoundBlob},
};

use super::{Blob, BlobBody};
use crate::{
    bail,
    call::Call,
    error::{Context as _, Result},
};

/// The `blob` bindings of a function's file, with everything filled in for this call.
///
/// ```toml
/// [[bindings]]
/// type = "blob"
/// direction = "in"
/// name = "photo"
/// path = "photos/{id}.jpg"
/// ```
///
/// ```
/// # use fnhost_sdk::{Bindings, Blob, Result};
/// pub async fn run(bindings: Bindings) -> Result<Blob> {
///     Ok(bindings.blob("photo")?.open().await?)
/// }
/// ```
#[derive(Clone)]
pub struct Bindings {
    blobs: Arc<[BoundBlob]>,
    api: Option<Arc<dyn BlobApi>>,
}

impl Bindings {
    pub(crate) fn of_call(call: &Call) -> Self {
        Self { blobs: call.bindings().into(), api: call.services().blobs().cloned() }
    }

    /// The blob of the binding of this name.
    ///
    /// # Errors
    /// The function's file has no `blob` binding of this name; the message says which there are.
    ///
    /// ```
    /// # use fnhost_sdk::{Bindings, Result};
    /// # async fn show(bindings: Bindings) -> Result<()> {
    /// bindings.blob("thumbnail")?.upload(vec![1, 2, 3]).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn blob(&self, name: &str) -> Result<BindingBlob> {
        let Some(bound) = self.blobs.iter().find(|bound| bound.name.eq_ignore_ascii_case(name)) else {
            let names: Vec<_> = self.blobs.iter().map(|bound| format!("`{}`", bound.name)).collect();
            let there = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
            bail!("the function's file has no `blob` binding of the name `{name}`; there is {there}");
        };
        let api = self.api.as_ref().context("this host runs without blob stores")?;
        Ok(BindingBlob { bound: bound.clone(), api: api.clone() })
    }
}

impl fmt::Debug for Bindings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bindings").field("blobs", &self.blobs).finish_non_exhaustive()
    }
}

/// The blob of one binding; see [`Bindings::blob`].
#[derive(Clone)]
pub struct BindingBlob {
    bound: BoundBlob,
    api: Arc<dyn BlobApi>,
}

impl BindingBlob {
    /// Container and name.
    ///
    /// ```
    /// # fn show(blob: fnhost_sdk::BindingBlob) -> String {
    /// blob.path()
    /// # }
    /// ```
    pub fn path(&self) -> String {
        self.bound.path.to_string()
    }

    /// Its name within the container.
    ///
    /// ```
    /// # fn show(blob: fnhost_sdk::BindingBlob) -> bool {
    /// blob.name().ends_with(".jpg")
    /// # }
    /// ```
    pub fn name(&self) -> &str {
        &self.bound.path.name
    }

    /// Size, version, content type and metadata; `None` when there is no such blob.
    ///
    /// # Errors
    /// The store refuses or cannot be reached.
    ///
    /// ```
    /// # use fnhost_sdk::{BindingBlob, Result};
    /// # async fn show(blob: BindingBlob) -> Result<bool> {
    /// Ok(blob.properties().await?.is_some())
    /// # }
    /// ```
    pub async fn properties(&self) -> Result<Option<BlobProperties>, BlobError> {
        self.api.properties(self.bound.path.clone()).await
    }

    /// Begins to read it.
    ///
    /// # Errors
    /// It is an output; there is no such blob; the store refuses or cannot be reached.
    ///
    /// ```
    /// # use fnhost_sdk::{BindingBlob, Blob, Result};
    /// # async fn show(blob: BindingBlob) -> Result<Blob> {
    /// Ok(blob.open().await?)
    /// # }
    /// ```
    pub async fn open(&self) -> Result<Blob, BlobError> {
        self.check(BlobDirection::In)?;
        let read = self.api.read(self.bound.path.clone(), None).await?;
        Ok(Blob::new(self.bound.path.clone(), read))
    }

    /// Reads all of it as text.
    ///
    /// # Errors
    /// As [`open`](Self::open); it is no UTF-8, or larger than [`Blob::MOST_IN_MEMORY`].
    ///
    /// ```
    /// # use fnhost_sdk::{BindingBlob, Result};
    /// # async fn show(blob: BindingBlob) -> Result<String> {
    /// Ok(blob.text().await?)
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
    /// # use fnhost_sdk::{BindingBlob, Result};
    /// # async fn show(blob: BindingBlob) -> Result<usize> {
    /// Ok(blob.bytes().await?.len())
    /// # }
    /// ```
    pub async fn bytes(&self) -> Result<Bytes, BlobError> {
        self.open().await?.bytes().await
    }

    /// Writes it, over one that is there: a text, bytes, a file, a stream, a blob that is being read. Nobody sees half of
    /// it.
    ///
    /// # Errors
    /// It is an input; the name is not allowed; the store refuses or cannot be reached; what is to be written cannot be
    /// read.
    ///
    /// ```
    /// # use fnhost_sdk::{BindingBlob, Result};
    /// # async fn show(blob: BindingBlob) -> Result<u64> {
    /// Ok(blob.upload("hello").await?.length)
    /// # }
    /// ```
    pub async fn upload(&self, body: impl Into<BlobBody>) -> Result<BlobProperties, BlobError> {
        self.upload_with(body, WriteOptions::default()).await
    }

    /// Writes it with a content type, metadata, or on a condition.
    ///
    /// # Errors
    /// As [`upload`](Self::upload); [`BlobError::Changed`] when the condition does not hold.
    ///
    /// ```
    /// # use fnhost_sdk::{BindingBlob, Result, WriteOptions};
    /// # async fn show(blob: BindingBlob) -> Result<()> {
    /// let json = WriteOptions { content_type: Some("application/json".into()), ..WriteOptions::default() };
    /// blob.upload_with("{}", json).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn upload_with(
        &self,
        body: impl Into<BlobBody>,
        options: WriteOptions,
    ) -> Result<BlobProperties, BlobError> {
        self.check(BlobDirection::Out)?;
        self.api.write(self.bound.path.clone(), body.into().into_stream(), options).await
    }

    fn check(&self, wanted: BlobDirection) -> Result<(), BlobError> {
        let (is, cannot) = match self.bound.direction {
            direction if direction == wanted => return Ok(()),
            BlobDirection::In => ("in", "written"),
            BlobDirection::Out => ("out", "read"),
        };
        let name = &self.bound.name;
        let message = format!("the binding `{name}` has the direction \"{is}\" and cannot be {cannot}");
        Err(BlobError::Invalid { message })
    }
}

impl fmt::Debug for BindingBlob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BindingBlob").field("bound", &self.bound).finish_non_exhaustive()
    }
}
