//! [`BlobClient`]: the stores that the settings name.

use std::{fmt, sync::Arc};

use fnhost_protocol::blob::BlobApi;

use super::BlobContainer;
use crate::{
    call::Call,
    error::{Context as _, Result},
};

/// The connection of functions that name none.
const DEFAULT_CONNECTION: &str = "AzureWebJobsStorage";

/// Reads and writes blobs: files in a folder, or objects in S3, as the setting `AzureWebJobsStorage` says. Any function
/// takes it as a parameter but orchestrations and entities.
///
/// Its errors tell cases apart ([`BlobError`](crate::BlobError)), and become the function's own with `?`.
///
/// ```
/// # use fnhost_sdk::{BlobClient, Result};
/// pub async fn run(report: String, blobs: BlobClient) -> Result<u64> {
///     let written = blobs.container("reports").upload("2026/november.txt", report).await?;
///     Ok(written.length)
/// }
/// ```
#[derive(Clone)]
pub struct BlobClient {
    api: Arc<dyn BlobApi>,
    connection: Arc<str>,
}

impl BlobClient {
    pub(crate) fn of_call(call: &Call) -> Result<Self> {
        let api = call.services().blobs().context("this host runs without blob stores")?;
        Ok(Self { api: api.clone(), connection: DEFAULT_CONNECTION.into() })
    }

    /// The store that another setting names.
    ///
    /// ```
    /// # use fnhost_sdk::{BlobClient, Result};
    /// # async fn show(blobs: BlobClient) -> Result<()> {
    /// let archive = blobs.connection("ArchiveStorage").container("2026");
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn connection(&self, setting: &str) -> Self {
        Self { api: self.api.clone(), connection: setting.into() }
    }

    /// A container of the store: a bucket, or a folder of the first level. Nothing is asked of the store yet.
    ///
    /// ```
    /// # use fnhost_sdk::{BlobClient, Result};
    /// # async fn show(blobs: BlobClient) -> Result<()> {
    /// let text = blobs.container("reports").download("2026/november.txt").await?.text().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn container(&self, name: impl Into<String>) -> BlobContainer {
        BlobContainer::new(self.api.clone(), self.connection.clone(), name.into())
    }
}

impl fmt::Debug for BlobClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BlobClient").field("connection", &self.connection).finish_non_exhaustive()
    }
}
