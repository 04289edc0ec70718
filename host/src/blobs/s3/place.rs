//! Where a blob is in the store: its bucket and key.

use crate::blobs::connection::Place;

/// A bucket, and what the keys in it begin with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Spot {
    pub(super) bucket: String,
    /// Empty, or with a slash at its end.
    prefix: String,
}

impl Spot {
    /// Where the blobs of a container are.
    pub(super) fn of(place: &Place, container: &str) -> Self {
        match place {
            Place::Buckets => Self { bucket: container.to_owned(), prefix: String::new() },
            Place::Bucket { name, prefix } => {
                Self { bucket: name.clone(), prefix: format!("{prefix}{container}/") }
            }
        }
    }

    /// The key of a blob, or what the keys of blobs begin with whose names begin so.
    pub(super) fn key(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// The blob of a key.
    pub(super) fn name<'a>(&self, key: &'a str) -> Option<&'a str> {
        key.strip_prefix(&self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn containers_are_buckets_or_the_beginning_of_keys() {
        let bucket = Spot::of(&Place::Buckets, "photos");
        assert_eq!((bucket.bucket.as_str(), bucket.key("a/b").as_str()), ("photos", "a/b"));
        assert_eq!(bucket.name("a/b"), Some("a/b"));
        let shared = Place::Bucket { name: "data".into(), prefix: "app/".into() };
        let shared = Spot::of(&shared, "photos");
        assert_eq!((shared.bucket.as_str(), shared.key("a/b").as_str()), ("data", "app/photos/a/b"));
        assert_eq!((shared.name("app/photos/a"), shared.name("app/photos2/a")), (Some("a"), None));
    }
}
