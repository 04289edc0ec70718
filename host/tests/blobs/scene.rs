//! Stores for tests, and short words for what is asked of them.

use std::{path::PathBuf, sync::Arc, time::Duration};

use bytes::Bytes;
use fnhost::blobs::{BlobOptions, BlobStore, Blobs};
use fnhost_protocol::blob::{
    BlobApi, BlobError, BlobItem, BlobPage, BlobPath, BlobProperties, BlobStream, OnlyIf, WriteOptions,
};
use futures_util::{StreamExt, TryStreamExt, stream};
use s3_testkit::S3Server;
use tempfile::TempDir;

/// The setting of the store under test.
pub(crate) const CONNECTION: &str = "TestStorage";

/// The container of the store under test.
pub(crate) const CONTAINER: &str = "box";

/// How long something may take that happens by itself.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// One store with an empty container.
pub(crate) struct Place {
    pub(crate) blobs: Blobs,
    pub(crate) folder: TempDir,
    pub(crate) server: Option<S3Server>,
}

/// Stores of these settings; relative folders begin in `folder`.
pub(crate) fn blobs_of(folder: &TempDir, settings: &[(&str, &str)]) -> Blobs {
    let settings = settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let options = BlobOptions {
        app: folder.path().to_owned(),
        settle: Duration::from_millis(50),
        scan_interval: Duration::from_millis(100),
    };
    Blobs::new(settings, options)
}

impl Place {
    /// Files in a folder.
    pub(crate) fn local() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("root").join(CONTAINER)).unwrap();
        let blobs = blobs_of(&folder, &[(CONNECTION, "file://root")]);
        Self { blobs, folder, server: None }
    }

    /// A bucket.
    pub(crate) fn s3() -> Self {
        let server = S3Server::start();
        server.create_bucket(CONTAINER);
        let folder = tempfile::tempdir().unwrap();
        let blobs = blobs_of(&folder, &[(CONNECTION, &server.connection_string())]);
        Self { blobs, folder, server: Some(server) }
    }

    /// A part of a bucket that others use too.
    pub(crate) fn shared_bucket() -> Self {
        let server = S3Server::start();
        server.create_bucket("shared");
        server.put("shared", "app/boxes", "of somebody else");
        server.put("shared", "app/box", "of somebody else");
        server.put("shared", "zzz", "of somebody else");
        let folder = tempfile::tempdir().unwrap();
        let connection = format!("{}&bucket=shared&prefix=app", server.connection_string());
        // A container is there as soon as something is in it.
        let blobs = blobs_of(&folder, &[(CONNECTION, &connection)]);
        Self { blobs, folder, server: Some(server) }
    }

    /// The folder in which containers are folders.
    pub(crate) fn root(&self) -> PathBuf {
        self.folder.path().join("root")
    }

    /// The container's folder.
    pub(crate) fn container(&self) -> PathBuf {
        self.root().join(CONTAINER)
    }

    pub(crate) fn server(&self) -> &S3Server {
        self.server.as_ref().unwrap()
    }

    /// The store itself, as triggers have it.
    pub(crate) fn store(&self) -> Arc<dyn BlobStore> {
        self.blobs.store(&CONNECTION.into()).unwrap()
    }

    pub(crate) async fn put(&self, name: &str, bytes: impl Into<Bytes>) -> BlobProperties {
        self.write(name, bytes, WriteOptions::default()).await.unwrap()
    }

    pub(crate) async fn write(
        &self,
        name: &str,
        bytes: impl Into<Bytes>,
        options: WriteOptions,
    ) -> Result<BlobProperties, BlobError> {
        self.blobs.write(at(name), whole(bytes), options).await
    }

    pub(crate) async fn write_if(
        &self,
        name: &str,
        bytes: &'static str,
        only_if: OnlyIf,
    ) -> Result<BlobProperties, BlobError> {
        self.write(name, bytes, WriteOptions { only_if, ..WriteOptions::default() }).await
    }

    pub(crate) async fn get(&self, name: &str) -> Result<Bytes, BlobError> {
        collect(self.blobs.read(at(name), None).await?.body).await
    }

    pub(crate) async fn text(&self, name: &str) -> String {
        String::from_utf8(self.get(name).await.unwrap().to_vec()).unwrap()
    }

    pub(crate) async fn properties(&self, name: &str) -> Result<Option<BlobProperties>, BlobError> {
        self.blobs.properties(at(name)).await
    }

    pub(crate) async fn page(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<BlobPage, BlobError> {
        let (prefix, after) = (prefix.to_owned(), after.map(str::to_owned));
        self.blobs.list(CONNECTION.into(), CONTAINER.to_owned(), prefix, after, limit).await
    }

    /// All blobs with this prefix, in pages of `limit`.
    pub(crate) async fn list(&self, prefix: &str, limit: u32) -> Vec<BlobItem> {
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let page = self.page(prefix, after.as_deref(), limit).await.unwrap();
            assert!(page.items.len() <= limit as usize, "{} of {limit}", page.items.len());
            all.extend(page.items);
            after = page.next;
            if after.is_none() {
                return all;
            }
        }
    }

    pub(crate) async fn names(&self) -> Vec<String> {
        self.list("", 1000).await.into_iter().map(|item| item.name).collect()
    }

    /// Everything that a scan finds.
    pub(crate) async fn scan(&self, prefix: &str) -> Result<Vec<BlobItem>, BlobError> {
        let scan = self.store().scan(CONTAINER.to_owned(), prefix.to_owned());
        let mut all: Vec<BlobItem> = scan.try_collect::<Vec<_>>().await?.into_iter().flatten().collect();
        all.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(all)
    }

    /// Nothing of an unfinished write is left.
    pub(crate) async fn expect_nothing_left_behind(&self) {
        eventually("unfinished writes to be gone", || {
            let uploads = std::fs::read_dir(self.root().join(".fnhost-uploads"));
            let files = uploads.map_or(0, |entries| entries.count());
            files == 0 && self.server.as_ref().is_none_or(|server| server.unfinished_uploads() == 0)
        })
        .await;
    }
}

/// Waits until something holds that happens by itself.
pub(crate) async fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let waited = tokio::time::timeout(PATIENCE, async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    waited.await.unwrap_or_else(|_| panic!("waited too long for {what}"));
}

pub(crate) fn at(name: &str) -> BlobPath {
    BlobPath { connection: CONNECTION.into(), container: CONTAINER.to_owned(), name: name.to_owned() }
}

pub(crate) fn whole(bytes: impl Into<Bytes>) -> BlobStream {
    stream::iter([Ok(bytes.into())]).boxed()
}

pub(crate) async fn collect(body: BlobStream) -> Result<Bytes, BlobError> {
    let pieces: Vec<Bytes> = body.try_collect().await?;
    Ok(pieces.concat().into())
}

/// Bytes that are nowhere the same.
pub(crate) fn noise(length: usize) -> Bytes {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64 ^ length as u64;
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(length);
    bytes.into()
}
