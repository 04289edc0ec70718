//! [`LocalStore`]: the blobs of one folder.

use std::{
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use fnhost_protocol::blob::{
    BlobError, BlobPage, BlobPath, BlobProperties, BlobRead, BlobStream, WriteOptions,
};
use futures_util::{FutureExt, future::BoxFuture};
use rustix::fs::AtFlags;

use super::{
    entries::PassedOver,
    folder::{Root, Stop, kind, look},
    listing::{self, Wanted},
    reading::{self, blocking, no_folder},
    scanning, watch,
    writing::Writer,
};
use crate::blobs::{
    BlobOptions,
    store::{BlobScan, BlobStore, Hints, Labels},
};

/// The blobs of one folder.
#[derive(Debug)]
pub struct LocalStore {
    root: Root,
    labels: Labels,
    passed_over: PassedOver,
    placing: Arc<Mutex<()>>,
    /// Whether what earlier hosts left behind was looked for.
    is_cleared: Arc<AtomicBool>,
    settle: Duration,
    scan_interval: Duration,
}

impl LocalStore {
    /// The blobs below `root`, which is made at the first write if `made` says so. `connection` is the setting's name.
    pub fn new(connection: Arc<str>, root: PathBuf, made: bool, options: &BlobOptions) -> Self {
        Self {
            root: Root::new(root, made),
            passed_over: PassedOver::new(connection.clone()),
            labels: Labels { connection },
            placing: Arc::default(),
            is_cleared: Arc::default(),
            settle: options.settle,
            scan_interval: options.scan_interval,
        }
    }
}

impl BlobStore for LocalStore {
    fn properties(&self, at: BlobPath) -> BoxFuture<'static, Result<Option<BlobProperties>, BlobError>> {
        let (root, labels) = (self.root.clone(), self.labels.clone());
        blocking(move || match reading::open(&root, &at) {
            Ok((_, properties, _)) => Ok(Some(properties)),
            Err(Stop::Missing) => Ok(None),
            Err(stop) => Err(labels.of_blob(&at, stop)),
        })
        .boxed()
    }

    fn read(&self, at: BlobPath, version: Option<String>) -> BoxFuture<'static, Result<BlobRead, BlobError>> {
        let (root, labels) = (self.root.clone(), self.labels.clone());
        blocking(move || {
            let (file, properties, found) =
                reading::open(&root, &at).map_err(|stop| labels.of_blob(&at, stop))?;
            if version.is_some_and(|wanted| wanted != properties.version) {
                let why = "it is another version now".to_owned();
                return Err(BlobError::Changed { what: labels.blob(&at), why });
            }
            Ok(BlobRead { properties, body: reading::stream(file, found, labels, at) })
        })
        .boxed()
    }

    fn write(
        &self,
        at: BlobPath,
        body: BlobStream,
        options: WriteOptions,
    ) -> BoxFuture<'static, Result<BlobProperties, BlobError>> {
        let writer = Writer {
            root: self.root.clone(),
            labels: self.labels.clone(),
            passed_over: self.passed_over.clone(),
            placing: self.placing.clone(),
        };
        let is_cleared = self.is_cleared.clone();
        async move {
            if !is_cleared.swap(true, Ordering::Relaxed) {
                let writer = writer.clone();
                blocking(move || writer.clear()).await;
            }
            writer.write(at, body, options).await
        }
        .boxed()
    }

    fn delete(&self, at: BlobPath) -> BoxFuture<'static, Result<bool, BlobError>> {
        let (root, labels) = (self.root.clone(), self.labels.clone());
        blocking(move || match delete(&root, &at) {
            Ok(()) => Ok(true),
            Err(Stop::Missing) => Ok(false),
            Err(stop) => Err(labels.of_blob(&at, stop)),
        })
        .boxed()
    }

    fn list(
        &self,
        container: String,
        prefix: String,
        after: Option<String>,
        limit: u32,
    ) -> BoxFuture<'static, Result<BlobPage, BlobError>> {
        let (root, labels, passed_over) = (self.root.clone(), self.labels.clone(), self.passed_over.clone());
        blocking(move || {
            let limit = usize::try_from(limit).unwrap_or(usize::MAX - 1);
            let wanted = Wanted { container: &container, prefix: &prefix, after: after.as_deref(), limit };
            listing::page(&root, &wanted, &passed_over).map_err(|stop| labels.of_container(&container, stop))
        })
        .boxed()
    }

    fn scan(&self, container: String, prefix: String) -> BlobScan {
        let (root, labels) = (self.root.clone(), self.labels.clone());
        scanning::scan(root, labels, self.passed_over.clone(), container, prefix)
    }

    fn watch(&self, container: String) -> Option<Hints> {
        let subject = watch::Subject {
            root: self.root.clone(),
            container,
            passed_over: self.passed_over.clone(),
            labels: self.labels.clone(),
        };
        Some(watch::begin(subject, self.settle, self.scan_interval))
    }

    fn settle(&self) -> Duration {
        self.settle
    }

    fn passes_over(&self, name: &str) -> bool {
        watch::is_passed_over(name)
    }
}

/// Removes a file. Blocks.
fn delete(root: &Root, at: &BlobPath) -> Result<(), Stop> {
    let (folder, last) = root.find(&at.container, &at.name).map_err(no_folder)?;
    let stat = look(&folder, last)?;
    if kind(&stat).is_symlink() {
        return Err(Stop::Link(last.to_owned()));
    }
    if kind(&stat).is_dir() {
        return Err(Stop::Missing);
    }
    rustix::fs::unlinkat(&folder, last, AtFlags::empty()).map_err(|error| match error {
        rustix::io::Errno::NOENT => Stop::Missing,
        other => Stop::Failed(other),
    })
}
