//! [`Blobs`]: all connections of the settings.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use fnhost_protocol::blob::{
    BlobApi, BlobError, BlobPage, BlobPath, BlobProperties, BlobRead, BlobStream, WriteOptions,
};
use futures_util::{FutureExt, future::BoxFuture};

use super::{BlobOptions, BlobStore, Connection, local::LocalStore, names, s3::S3Store};
use crate::config::Settings;

/// The stores that the settings name, each opened at its first use. Cheap to clone.
#[derive(Clone)]
pub struct Blobs(Arc<Inner>);

struct Inner {
    settings: Settings,
    options: BlobOptions,
    /// By the setting's name in lower case.
    open: Mutex<HashMap<String, Arc<dyn BlobStore>>>,
}

impl Blobs {
    /// The stores of these settings. Opens none.
    pub fn new(settings: Settings, options: BlobOptions) -> Self {
        Self(Arc::new(Inner { settings, options, open: Mutex::default() }))
    }

    /// The store that a setting names. Asks nothing of the store itself.
    ///
    /// # Errors
    /// [`BlobError::Invalid`] when there is no such setting, or it is no connection string.
    pub fn store(&self, connection: &Arc<str>) -> Result<Arc<dyn BlobStore>, BlobError> {
        let mut open = self.0.open.lock().unwrap_or_else(PoisonError::into_inner);
        let key = connection.to_ascii_lowercase();
        if let Some(store) = open.get(&key) {
            return Ok(store.clone());
        }
        let store = self.open(connection)?;
        open.insert(key, store.clone());
        Ok(store)
    }

    fn open(&self, name: &Arc<str>) -> Result<Arc<dyn BlobStore>, BlobError> {
        let Some(text) = self.0.settings.connection(name) else {
            let message = format!(
                "the setting `{name}`, which should say where blobs are, is missing: add it to [values] in \
                 local.settings.toml, or to the environment; `UseDevelopmentStorage=true` is a folder of the app"
            );
            return Err(BlobError::Invalid { message });
        };
        let parsed = Connection::parse(text, &self.0.options.app);
        let connection = parsed
            .map_err(|error| BlobError::Invalid { message: format!("the setting `{name}`: {error}") })?;
        Ok(match connection {
            Connection::Folder { root, made } => {
                Arc::new(LocalStore::new(name.clone(), root, made, &self.0.options))
            }
            Connection::S3(address) => Arc::new(S3Store::new(name.clone(), address)),
        })
    }

    /// The store of a blob whose name is allowed.
    fn store_of(&self, at: &BlobPath) -> Result<Arc<dyn BlobStore>, BlobError> {
        names::check(at)?;
        self.store(&at.connection)
    }
}

impl fmt::Debug for Blobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let open = self.0.open.lock().unwrap_or_else(PoisonError::into_inner);
        f.debug_struct("Blobs").field("open", &open.keys()).finish_non_exhaustive()
    }
}

impl BlobApi for Blobs {
    fn properties(&self, at: BlobPath) -> BoxFuture<'static, Result<Option<BlobProperties>, BlobError>> {
        match self.store_of(&at) {
            Ok(store) => store.properties(at),
            Err(error) => refused(error),
        }
    }

    fn read(&self, at: BlobPath, version: Option<String>) -> BoxFuture<'static, Result<BlobRead, BlobError>> {
        match self.store_of(&at) {
            Ok(store) => store.read(at, version),
            Err(error) => refused(error),
        }
    }

    fn write(
        &self,
        at: BlobPath,
        body: BlobStream,
        options: WriteOptions,
    ) -> BoxFuture<'static, Result<BlobProperties, BlobError>> {
        match self.store_of(&at).and_then(|store| Ok((store, names::checked(options)?))) {
            Ok((store, options)) => store.write(at, body, options),
            Err(error) => refused(error),
        }
    }

    fn delete(&self, at: BlobPath) -> BoxFuture<'static, Result<bool, BlobError>> {
        match self.store_of(&at) {
            Ok(store) => store.delete(at),
            Err(error) => refused(error),
        }
    }

    fn list(
        &self,
        connection: Arc<str>,
        container: String,
        prefix: String,
        after: Option<String>,
        limit: u32,
    ) -> BoxFuture<'static, Result<BlobPage, BlobError>> {
        let checked = names::check_container(&container)
            .and_then(|()| names::check_prefix(&prefix))
            .and_then(|()| names::check_limit(limit))
            .and_then(|()| self.store(&connection));
        match checked {
            Ok(store) => store.list(container, prefix, after, limit),
            Err(error) => refused(error),
        }
    }
}

fn refused<T: Send + 'static>(error: BlobError) -> BoxFuture<'static, Result<T, BlobError>> {
    async { Err(error) }.boxed()
}
