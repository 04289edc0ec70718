//! What the server keeps.

use std::{
    collections::{BTreeMap, HashMap},
    fmt::Write,
    sync::{Mutex, MutexGuard, PoisonError},
    time::SystemTime,
};

use bytes::Bytes;
use md5::{Digest, Md5};

/// An object.
#[derive(Debug, Clone)]
pub(crate) struct Object {
    pub(crate) bytes: Bytes,
    pub(crate) tag: String,
    pub(crate) modified: SystemTime,
    pub(crate) content_type: Option<String>,
    pub(crate) metadata: HashMap<String, String>,
    /// It is not listed before so many lists were asked for.
    pub(crate) listed_from: u64,
}

/// An upload in parts.
#[derive(Debug, Default)]
pub(crate) struct Upload {
    pub(crate) key: String,
    pub(crate) parts: BTreeMap<i32, Bytes>,
    pub(crate) content_type: Option<String>,
    pub(crate) metadata: HashMap<String, String>,
}

#[derive(Debug, Default)]
pub(crate) struct Bucket {
    pub(crate) objects: BTreeMap<String, Object>,
    pub(crate) uploads: BTreeMap<String, Upload>,
    /// Whether everybody is refused.
    pub(crate) is_denied: bool,
}

#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) buckets: BTreeMap<String, Bucket>,
    /// Lists that were asked for.
    pub(crate) lists: u64,
    /// After how many lists a new object is listed.
    pub(crate) delay: u64,
    next_upload: u64,
}

impl State {
    /// A number for a new upload.
    pub(crate) fn upload_id(&mut self) -> String {
        self.next_upload += 1;
        format!("upload-{}", self.next_upload)
    }

    /// A new object; when it is listed depends on the delay.
    pub(crate) fn object(
        &self,
        bytes: Bytes,
        tag: String,
        content_type: Option<String>,
        metadata: HashMap<String, String>,
    ) -> Object {
        let listed_from = self.lists + self.delay;
        Object { bytes, tag, modified: SystemTime::now(), content_type, metadata, listed_from }
    }
}

/// All buckets.
#[derive(Debug, Default)]
pub(crate) struct Store(Mutex<State>);

impl Store {
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The tag of bytes: their MD5, as Amazon has it.
pub(crate) fn tag(bytes: &[u8]) -> String {
    hex(&Md5::digest(bytes))
}

/// The tag of an upload in parts, which is no MD5 of its bytes.
pub(crate) fn tag_of_parts<'a>(parts: impl Iterator<Item = &'a Bytes>) -> String {
    let mut count = 0;
    let mut digests = Md5::new();
    for part in parts {
        count += 1;
        digests.update(Md5::digest(part));
    }
    format!("{}-{count}", hex(&digests.finalize()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string takes everything");
        text
    })
}
