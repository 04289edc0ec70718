//! [`BlobContainer`]: the blobs of one container.

use std::{fmt, sync::Arc};

use fnhost_protocol::blob::{BlobApi, BlobError, BlobPage, BlobPath, BlobProperties, WriteOptions};

use super::{Blob, BlobBody, BlobList};

/// The blobs of one container; see [`BlobClient::container`](crate::BlobClient::container).
#[derive(Clone)]
pub struct BlobContainer {
    api: Arc<dyn BlobApi>,
    connection: Arc<str>,
    name: String,
}

impl BlobContainer {
    pub(super) fn new(api: Arc<dyn BlobApi>, connection: Arc<str>, name: String) -> Self {
        Self { api, connection, name }
    }

    fn at(&self, blob: impl Into<String>) -> BlobPath {
        BlobPath { connection: self.connection.clone(), container: self.name.clone(), name: blob.into() }
    }

    /// Writes a blob, over one that is there: a text, bytes, a file, a stream ([`BlobBody`]). Nobody sees half of it, and
    /// when it fails what was there stays.
    ///
    /// # Errors
    /// The name is not allowed, there is no such bucket, the store refuses or cannot be reached, the source fails.
    ///
    /// ```
    /// # use fnhost_sdk::{BlobClient, Result};
    /// # async fn show(blobs: BlobClient) -> Result<()> {
    /// let logs = tokio::fs::File::open("/var/log/syslog").await?;
    /// let written = blobs.container("backups").upload("var/log/syslog", logs).await?;
    /// println!("{} bytes", written.length);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn upload(
        &self,
        name: impl Into<String>,
        body: impl Into<BlobBody>,
    ) -> Result<BlobProperties, BlobError> {
        self.upload_with(name, body, WriteOptions::default()).await
    }

    /// Writes a blob with a content type, metadata, or on a condition.
    ///
    /// # Errors
    /// As [`upload`](Self::upload); [`BlobError::Changed`] when the condition does not hold.
    ///
    /// ```
    /// # use fnhost_sdk::{BlobClient, OnlyIf, Result, WriteOptions};
    /// # async fn show(blobs: BlobClient) -> Result<()> {
    /// let once = WriteOptions {
    ///     content_type: Some("application/json".into()),
    ///     only_if: OnlyIf::Absent,
    ///     ..WriteOptions::default()
    /// };
    /// blobs.container("reports").upload_with("first.json", "{}", once).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn upload_with(
        &self,
        name: impl Into<String>,
        body: impl Into<BlobBody>,
        options: WriteOptions,
    ) -> Result<BlobProperties, BlobError> {
        self.api.write(self.at(name), body.into().into_stream(), options).await
    }

    /// Begins to read a blob.
    ///
    /// # Errors
    /// [`BlobError::NotFound`] when there is none; the store refuses or cannot be reached.
    ///
    /// ```
    /// # use fnhost_sdk::{BlobClient, Result};
    /// # async fn show(blobs: BlobClient) -> Result<()> {
    /// let container = blobs.container("backups");
    /// let blob = container.download("var/log/syslog").await?;
    /// container.upload("copy", blob).await?; // in little memory, however large it is
    /// # Ok(())
    /// # }
    /// ```
    pub async fn download(&self, name: impl Into<String>) -> Result<Blob, BlobError> {
        let at = self.at(name);
        let read = self.api.read(at.clone(), None).await?;
        Ok(Blob::new(at, read))
    }

    /// Begins to read a blob only if it is this version ([`BlobProperties::version`]).
    ///
    /// # Errors
    /// As [`download`](Self::download); [`BlobError::Changed`] when it is another.
    ///
    /// ```
    /// # use fnhost_sdk::{BlobClient, Result};
    /// # async fn show(blobs: BlobClient) -> Result<()> {
    /// let container = blobs.container("reports");
    /// if let Some(known) = container.properties("today.txt").await? {
    ///     let same = container.download_version("today.txt", &known.version).await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn download_version(&self, name: impl Into<String>, version: &str) -> Result<Blob, BlobError> {
        let at = self.at(name);
        let read = self.api.read(at.clone(), Some(version.to_owned())).await?;
        Ok(Blob::new(at, read))
    }

    /// Size, version, content type and metadata of a blob; `None` when there is none.
    ///
    /// # Errors
    /// The name is not allowed; the store refuses or cannot be reached.
    ///
    /// ```
    /// # use fnhost_sdk::{BlobClient, Result};
    /// # async fn show(blobs: BlobClient) -> Result<()> {
    /// let length = blobs.container("reports").properties("today.txt").await?.map(|known| known.length);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn properties(&self, name: impl Into<String>) -> Result<Option<BlobProperties>, BlobError> {
        self.api.properties(self.at(name)).await
    }

    /// Whether there is such a blob.
    ///
    /// # Errors
    /// As [`properties`](Self::properties).
    ///
    /// ```
    /// # use fnhost_sdk::{BlobClient, Result};
    /// # async fn show(blobs: BlobClient) -> Result<bool> {
    /// Ok(blobs.container("reports").exists("today.txt").await?)
    /// # }
    /// ```
    pub async fn exists(&self, name: impl Into<String>) -> Result<bool, BlobError> {
        Ok(self.properties(name).await?.is_some())
    }

    /// Removes a blob; answers whether there was one.
    ///
    /// # Errors
    /// As [`properties`](Self::properties).
    ///
    /// ```
    /// # use fnhost_sdk::{BlobClient, Result};
    /// # async fn show(blobs: BlobClient) -> Result<()> {
    /// blobs.container("reports").delete("today.txt").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn delete(&self, name: impl Into<String>) -> Result<bool, BlobError> {
        self.api.delete(self.at(name)).await
    }

    /// The blobs whose names begin like this, one after the other, in the order of the bytes of their names.
    ///
    /// ```
    /// # use fnhost_sdk::{BlobClient, Result};
    /// # async fn show(blobs: BlobClient) -> Result<u64> {
    /// let mut found = blobs.container("backups").list("var/log/");
    /// let mut total = 0;
    /// while let Some(blob) = found.next().await? {
    ///     total += blob.properties.length;
    /// }
    /// Ok(total)
    /// # }
    /// ```
    pub fn list(&self, prefix: impl Into<String>) -> BlobList {
        BlobList::new(self.clone(), prefix.into())
    }

    /// One page of [`list`](Self::list): at most `limit` blobs (from 1 to 1000) after this name.
    ///
    /// # Errors
    /// There is no such container; the store refuses or cannot be reached.
    ///
    /// ```
    /// # use fnhost_sdk::{BlobClient, Result};
    /// # async fn show(blobs: BlobClient) -> Result<()> {
    /// let first = blobs.container("backups").page("var/", None, 100).await?;
    /// let second = blobs.container("backups").page("var/", first.next, 100).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn page(
        &self,
        prefix: impl Into<String>,
        after: Option<String>,
        limit: u32,
    ) -> Result<BlobPage, BlobError> {
        self.api.list(self.connection.clone(), self.name.clone(), prefix.into(), after, limit).await
    }
}

impl fmt::Debug for BlobContainer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BlobContainer")
            .field("connection", &self.connection)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
