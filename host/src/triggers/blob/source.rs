//! One function that blobs start.

use std::sync::Arc;

use durable_core::store::Occurrence;
use fnhost_protocol::{blob::BlobPath, json::JsonText, time::Timestamp};

use crate::{
    app::{BlobTrigger, Function, StartFrom},
    bindings::PathPattern,
};

/// What the names of all sources of this trigger begin with.
pub(super) const PREFIX: &str = "blob:";

/// A function and what it waits for.
#[derive(Debug)]
pub(super) struct Source {
    /// Under which its occurrences are on record.
    pub(super) name: String,
    pub(super) function: Arc<Function>,
    pub(super) connection: Arc<str>,
    pub(super) pattern: PathPattern,
    pub(super) start_from: StartFrom,
}

impl Source {
    pub(super) fn of(function: &Arc<Function>, trigger: &BlobTrigger) -> Self {
        Self {
            name: format!("{PREFIX}{}", function.name().to_lowercase()),
            function: function.clone(),
            connection: trigger.connection.as_str().into(),
            pattern: trigger.path.clone(),
            start_from: trigger.start_from,
        }
    }

    /// The key of a blob in its container. A function whose path is changed to another container begins anew there.
    pub(super) fn key(&self, name: &str) -> String {
        format!("{}/{name}", self.pattern.container())
    }

    /// Where the blob of a key is; `None` when the path has been changed since and it matches no more.
    pub(super) fn path_of(&self, key: &str) -> Option<BlobPath> {
        let name = key.strip_prefix(self.pattern.container())?.strip_prefix('/')?;
        self.pattern.matches(name).then(|| self.path(name))
    }

    pub(super) fn path(&self, name: &str) -> BlobPath {
        BlobPath {
            connection: self.connection.clone(),
            container: self.pattern.container().to_owned(),
            name: name.to_owned(),
        }
    }

    /// A version of a blob, to be run now.
    pub(super) fn occurrence(&self, name: &str, version: &str, now: Timestamp) -> Occurrence {
        Occurrence {
            source: self.name.clone(),
            key: self.key(name),
            version: version.to_owned(),
            due: now,
            serial: false,
            data: JsonText::null(),
        }
    }
}
