//! Notifications that are posted to the webhook: answered once what they tell is on record.

use std::path::Path;

use fnhost_protocol::blob::BlobError;

use super::{
    notification::{self, Written},
    place::Trouble,
    trigger::BlobTriggers,
};
use crate::blobs::{Connection, Place as Buckets};

/// What became of a notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Delivered {
    /// Blobs that it tells of.
    pub blobs: usize,
    /// Versions of them that were new to a function.
    pub new: usize,
}

/// Why a notification was not taken.
#[derive(Debug, thiserror::Error)]
pub enum NotDelivered {
    /// It is none, or of a connection that nobody here uses.
    #[error("{0}")]
    Bad(String),
    /// It is to be sent again: what it tells could not be put on record.
    #[error("{0}")]
    Later(String),
}

impl BlobTriggers {
    /// Takes a notification. When it answers well, everything that it tells is on record.
    ///
    /// # Errors
    /// It is none, or has to be sent again.
    pub async fn deliver(&self, connection: Option<&str>, body: &[u8]) -> Result<Delivered, NotDelivered> {
        let written = notification::read(body).map_err(|error| NotDelivered::Bad(error.to_string()))?;
        let places: Vec<_> = self
            .places()
            .iter()
            .filter(|place| connection.is_none_or(|name| place.connection.eq_ignore_ascii_case(name)))
            .collect();
        if let (Some(name), true) = (connection, places.is_empty()) {
            let known: Vec<_> = self.places().iter().map(|place| format!("`{}`", place.connection)).collect();
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            let why = format!("no function waits for blobs of the connection `{name}`; there is {known}");
            return Err(NotDelivered::Bad(why));
        }
        let mut new = 0;
        for place in places {
            let Some(buckets) = self.buckets(&place.connection) else { continue };
            let names =
                written.iter().filter_map(|written| in_container(written, &buckets, &place.container));
            new += place.look_at(names.collect(), true).await.map_err(|trouble| match trouble {
                Trouble::Blobs(error @ BlobError::Unavailable { .. }) => {
                    NotDelivered::Later(error.to_string())
                }
                Trouble::Blobs(error) => NotDelivered::Bad(error.to_string()),
                Trouble::Store(error) => NotDelivered::Later(error.to_string()),
            })?;
        }
        Ok(Delivered { blobs: written.len(), new })
    }

    /// What containers are in a connection to an object store.
    fn buckets(&self, connection: &str) -> Option<Buckets> {
        // A folder is given names all the same: whoever posts knows what has changed in it.
        match Connection::parse(self.connection_string(connection)?, Path::new("")) {
            Ok(Connection::S3(address)) => Some(address.place),
            Ok(Connection::Folder { .. }) => Some(Buckets::Buckets),
            Err(_) => None,
        }
    }
}

/// The name of a blob within a container, if it is in it.
fn in_container(written: &Written, buckets: &Buckets, container: &str) -> Option<String> {
    match buckets {
        Buckets::Buckets => (written.bucket == container).then(|| written.key.clone()),
        Buckets::Bucket { name, prefix } if written.bucket == *name => {
            let inner = written.key.strip_prefix(prefix.as_str())?;
            Some(inner.strip_prefix(container)?.strip_prefix('/')?.to_owned())
        }
        Buckets::Bucket { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn containers_are_buckets_or_parts_of_one() {
        let written = |bucket: &str, key: &str| Written { bucket: bucket.to_owned(), key: key.to_owned() };
        let one = Buckets::Bucket { name: "all".to_owned(), prefix: "app/".to_owned() };
        for (written, buckets, container, expected) in [
            (written("in", "a/b"), &Buckets::Buckets, "in", Some("a/b")),
            (written("out", "a/b"), &Buckets::Buckets, "in", None),
            (written("all", "app/in/a/b"), &one, "in", Some("a/b")),
            (written("all", "app/inner/a"), &one, "in", None),
            (written("all", "in/a"), &one, "in", None),
            (written("other", "app/in/a"), &one, "in", None),
        ] {
            assert_eq!(in_container(&written, buckets, container).as_deref(), expected, "{written:?}");
        }
    }
}
