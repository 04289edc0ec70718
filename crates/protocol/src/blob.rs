//! Blobs as user code sees them: names, properties, streams, and the trait [`BlobApi`] (user code → blob stores).

use std::{collections::BTreeMap, fmt, sync::Arc};

use bytes::Bytes;
use futures_core::{future::BoxFuture, stream::BoxStream};
use serde::{Deserialize, Serialize};

use crate::{body::BodyError, time::Timestamp};

/// Where a blob is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct BlobPath {
    /// Name of the setting that says which store it is.
    pub connection: Arc<str>,
    /// The container: a bucket, or a folder of the first level.
    pub container: String,
    /// The name within the container: UTF-8, `/` between its parts.
    pub name: String,
}

/// `container/name`, as logs and triggers show it.
impl fmt::Display for BlobPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.container, self.name)
    }
}

/// What a store knows of a blob.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct BlobProperties {
    /// Bytes.
    pub length: u64,
    /// Which version this is: another text after every write that changed the blob. Compared as a whole, and never
    /// for order.
    pub version: String,
    /// The entity tag, where the store has them, without its quotes.
    #[serde(default)]
    pub etag: Option<String>,
    /// When it was written, by the clock of the store.
    #[serde(default)]
    pub last_modified: Option<Timestamp>,
    /// Its media type, where one was given. Lists leave it out.
    #[serde(default)]
    pub content_type: Option<String>,
    /// What its writer said of it. Names are in lower case. Lists leave it out.
    #[serde(default)]
    pub metadata: BTreeMap<String, String>,
}

/// Why a store did not do what was asked. Only [`Unavailable`](Self::Unavailable) may become better by itself.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BlobError {
    /// There is no such blob, or no such container.
    #[error("there is no {what}")]
    NotFound {
        /// The blob or container, with its connection.
        what: String,
    },
    /// The blob is not, or no longer, the version that was asked for.
    #[error("{what} has changed: {why}")]
    Changed {
        /// The blob, with its connection.
        what: String,
        /// What was found.
        why: String,
    },
    /// The store does not let us.
    #[error("no access to {what}: {why}")]
    Denied {
        /// The blob or container, with its connection.
        what: String,
        /// What the store says.
        why: String,
    },
    /// A name, an option or a connection string that no store takes.
    #[error("{message}")]
    Invalid {
        /// What was found and what is allowed.
        message: String,
    },
    /// More bytes than may be held in memory at once.
    #[error("{what} is larger than the {limit} bytes that are read into memory at once; read it as a stream")]
    TooLarge {
        /// The blob, with its connection.
        what: String,
        /// The limit in bytes.
        limit: u64,
    },
    /// The bytes that were to be written could not be had.
    #[error("what was to be written could not be read: {0}")]
    Source(#[source] BodyError),
    /// The store cannot be reached, is busy, or answers nonsense. The call may be repeated.
    #[error("{what} cannot be reached: {why}")]
    Unavailable {
        /// The blob, container or connection.
        what: String,
        /// What happened.
        why: String,
    },
}

impl BlobError {
    /// Whether the same call may succeed later.
    pub fn may_be_repeated(&self) -> bool {
        matches!(self, Self::Unavailable { .. })
    }
}

/// The bytes of a blob, as they come. After an error there are no more.
pub type BlobStream = BoxStream<'static, Result<Bytes, BlobError>>;

/// A blob that is being read: its properties are known, its bytes come as they are asked for.
pub struct BlobRead {
    /// Of exactly the version whose bytes come.
    pub properties: BlobProperties,
    /// The bytes.
    pub body: BlobStream,
}

impl fmt::Debug for BlobRead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BlobRead").field("properties", &self.properties).finish_non_exhaustive()
    }
}

/// On what condition a blob is written.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum OnlyIf {
    /// In any case, over what is there.
    #[default]
    Always,
    /// Only if there is none.
    Absent,
    /// Only over this version ([`BlobProperties::version`]).
    Version(String),
}

/// What goes with the bytes of a blob.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct WriteOptions {
    /// The media type.
    pub content_type: Option<String>,
    /// What the writer has to say of it. Names are ASCII letters, digits, `-` and `_`, and kept in lower case; values
    /// are visible ASCII.
    pub metadata: BTreeMap<String, String>,
    /// The condition.
    pub only_if: OnlyIf,
}

/// One blob of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlobItem {
    /// Its name within the container.
    pub name: String,
    /// Its properties, without content type and metadata.
    pub properties: BlobProperties,
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct BlobPage {
    /// Blobs in the order of the bytes of their names.
    pub items: Vec<BlobItem>,
    /// To be given as `after` for the next page; `None` when this was the last one.
    pub next: Option<String>,
}

/// The blob stores of an app, as seen by user code, bindings and triggers.
///
/// A write is there as a whole or not at all, and when it is answered it survives a crash of the machine. Names are
/// valid UTF-8 with `/` between parts; empty parts, `.`, `..` and U+0000 are refused. A missing container is
/// [`BlobError::NotFound`] for [`list`](Self::list); in a folder, [`write`](Self::write) makes it.
pub trait BlobApi: Send + Sync + 'static {
    /// The properties, or `None` when there is no such blob.
    fn properties(&self, at: BlobPath) -> BoxFuture<'static, Result<Option<BlobProperties>, BlobError>>;

    /// Begins to read a blob: the current version, or only this one ([`BlobError::Changed`] if it is another).
    fn read(&self, at: BlobPath, version: Option<String>) -> BoxFuture<'static, Result<BlobRead, BlobError>>;

    /// Writes a blob from a stream of any length, in bounded memory. When the stream fails, or the returned future is
    /// dropped, what was there before stays.
    fn write(
        &self,
        at: BlobPath,
        body: BlobStream,
        options: WriteOptions,
    ) -> BoxFuture<'static, Result<BlobProperties, BlobError>>;

    /// Removes a blob; answers whether there was one.
    fn delete(&self, at: BlobPath) -> BoxFuture<'static, Result<bool, BlobError>>;

    /// Lists the blobs whose names begin with `prefix` and come after `after`, in the order of the bytes of their
    /// names, at most `limit` (from 1 to [`MOST_LISTED`]). A list is no snapshot: what changes meanwhile may be missing.
    fn list(
        &self,
        connection: Arc<str>,
        container: String,
        prefix: String,
        after: Option<String>,
        limit: u32,
    ) -> BoxFuture<'static, Result<BlobPage, BlobError>>;
}

/// The most blobs of one page.
pub const MOST_LISTED: u32 = 1000;
