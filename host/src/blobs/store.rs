//! What a store of blobs does.

use std::{sync::Arc, time::Duration};

use fnhost_protocol::blob::{
    BlobError, BlobItem, BlobPage, BlobPath, BlobProperties, BlobRead, BlobStream, WriteOptions,
};
use futures_util::{future::BoxFuture, stream::BoxStream};

/// What may have happened in a container. A hint is never the truth: it may come twice, late, or for nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hint {
    /// A blob of this name was written and is complete.
    Changed(String),
    /// Something happened that nobody saw: scan the container.
    Rescan,
}

/// Hints as they come. The first is [`Hint::Rescan`], once the watch stands. Dropping it ends the watch.
pub type Hints = BoxStream<'static, Hint>;

/// All blobs of a container in groups, in no order. Only when it ends without an error has every blob been seen that was
/// there all the time; blobs that are written meanwhile may be missing or be old.
pub type BlobScan = BoxStream<'static, Result<Vec<BlobItem>, BlobError>>;

/// The blobs of one connection: the calls of [`BlobApi`](fnhost_protocol::blob::BlobApi) and what triggers need.
///
/// Callers have checked names and options ([`Blobs`](super::Blobs) does). All calls may run side by side. A write is
/// there as a whole or not at all: an implementation must not show half of it, nor leave anything of one that failed or
/// whose future was dropped. Implementations must not block the caller's thread.
pub trait BlobStore: Send + Sync + 'static {
    /// The properties, or `None` when there is no such blob.
    fn properties(&self, at: BlobPath) -> BoxFuture<'static, Result<Option<BlobProperties>, BlobError>>;

    /// Begins to read a blob, of this version only if one is given. The stream ends with [`BlobError::Changed`] when the
    /// blob is written over in place while it is read.
    fn read(&self, at: BlobPath, version: Option<String>) -> BoxFuture<'static, Result<BlobRead, BlobError>>;

    /// Writes a blob in bounded memory. It survives a crash of the machine once it is answered.
    fn write(
        &self,
        at: BlobPath,
        body: BlobStream,
        options: WriteOptions,
    ) -> BoxFuture<'static, Result<BlobProperties, BlobError>>;

    /// Removes a blob; answers whether there was one.
    fn delete(&self, at: BlobPath) -> BoxFuture<'static, Result<bool, BlobError>>;

    /// One page of the blobs whose names begin with `prefix` and come after `after`, in the order of their bytes.
    fn list(
        &self,
        container: String,
        prefix: String,
        after: Option<String>,
        limit: u32,
    ) -> BoxFuture<'static, Result<BlobPage, BlobError>>;

    /// Every blob whose name begins with `prefix`, in memory that does not grow with their number.
    fn scan(&self, container: String, prefix: String) -> BlobScan;

    /// Begins to watch a container, whether it is there already or not; `None` where the store tells nothing and must be
    /// scanned. Must be called within a runtime.
    fn watch(&self, container: String) -> Option<Hints>;

    /// How long a blob that a scan finds must have been left alone before it counts as complete: programs write into
    /// folders piece by piece.
    fn settle(&self) -> Duration {
        Duration::ZERO
    }

    /// Whether triggers pass over a blob of this name, because programs write such names before the real one.
    fn passes_over(&self, _name: &str) -> bool {
        false
    }

    /// How many requests went over the network since the store was opened.
    fn requests(&self) -> u64 {
        0
    }
}

/// What messages call things: every error names the blob or container and the setting that leads to it.
#[derive(Debug, Clone)]
pub(super) struct Labels {
    pub(super) connection: Arc<str>,
}

impl Labels {
    pub(super) fn blob(&self, at: &BlobPath) -> String {
        format!("blob `{}` in container `{}` of `{}`", at.name, at.container, self.connection)
    }

    pub(super) fn container(&self, name: &str) -> String {
        format!("container `{name}` of `{}`", self.connection)
    }
}
