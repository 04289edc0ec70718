//! [`S3Store`]: the blobs of one account, or of one bucket.

use std::sync::Arc;

use fnhost_protocol::blob::{
    BlobError, BlobPage, BlobPath, BlobProperties, BlobRead, BlobStream, WriteOptions,
};
use futures_util::{FutureExt, future::BoxFuture};

use super::{client::LazyClient, errors::About, listing, place::Spot, reading, writing};
use crate::blobs::{
    connection::{Place, S3Address},
    store::{BlobScan, BlobStore, Hints, Labels},
};

/// Blobs in Amazon S3 or a store that speaks like it.
#[derive(Debug)]
pub struct S3Store(Arc<Shared>);

/// What all calls share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) client: LazyClient,
    pub(super) place: Place,
    pub(super) labels: Labels,
}

impl S3Store {
    /// The store at this address; `connection` is the setting's name. Asks nothing of it yet.
    pub fn new(connection: Arc<str>, address: S3Address) -> Self {
        let place = address.place.clone();
        Self(Arc::new(Shared { client: LazyClient::new(address), place, labels: Labels { connection } }))
    }
}

impl BlobStore for S3Store {
    fn properties(&self, at: BlobPath) -> BoxFuture<'static, Result<Option<BlobProperties>, BlobError>> {
        let shared = self.0.clone();
        async move { reading::properties(&shared, &at).await }.boxed()
    }

    fn read(&self, at: BlobPath, version: Option<String>) -> BoxFuture<'static, Result<BlobRead, BlobError>> {
        let shared = self.0.clone();
        async move { reading::read(&shared, at, version).await }.boxed()
    }

    fn write(
        &self,
        at: BlobPath,
        body: BlobStream,
        options: WriteOptions,
    ) -> BoxFuture<'static, Result<BlobProperties, BlobError>> {
        writing::write(self.0.clone(), at, body, options).boxed()
    }

    fn delete(&self, at: BlobPath) -> BoxFuture<'static, Result<bool, BlobError>> {
        let shared = self.0.clone();
        async move {
            // The answer to a deletion does not say whether there was anything.
            let was_there = reading::properties(&shared, &at).await?.is_some();
            let spot = Spot::of(&shared.place, &at.container);
            let request =
                shared.client.get().await.delete_object().bucket(&spot.bucket).key(spot.key(&at.name));
            match request.send().await {
                Ok(_) => Ok(was_there),
                Err(error) => Err(shared.labels.of_request(&About::Blob(&at), &error)),
            }
        }
        .boxed()
    }

    fn list(
        &self,
        container: String,
        prefix: String,
        after: Option<String>,
        limit: u32,
    ) -> BoxFuture<'static, Result<BlobPage, BlobError>> {
        let shared = self.0.clone();
        async move { listing::page(&shared, &container, &prefix, after.as_deref(), limit).await }.boxed()
    }

    fn scan(&self, container: String, prefix: String) -> BlobScan {
        listing::scan(self.0.clone(), container, prefix)
    }

    fn watch(&self, _container: String) -> Option<Hints> {
        None
    }

    fn requests(&self) -> u64 {
        self.0.client.requests()
    }
}
