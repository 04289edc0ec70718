//! Which version of a blob a file is.

use fnhost_protocol::{blob::BlobProperties, time::Timestamp};
use rustix::fs::Stat;

/// What of a file tells its versions apart: a file that is written over keeps its inode, one that is replaced keeps
/// perhaps its size, and either may happen twice within a second. The number of the device is no part of it: many file
/// systems get another one when the machine starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Version {
    inode: u64,
    size: u64,
    /// Nanoseconds since 1970: written.
    modified: i128,
    /// Nanoseconds since 1970: written, renamed, or given other attributes.
    changed: i128,
}

/// What stays the same while a file that nobody writes to is read: renaming another file over it changes its inode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Contents {
    size: u64,
    modified: i128,
}

impl Version {
    #[expect(clippy::useless_conversion, reason = "the types of these fields differ between processors")]
    pub(super) fn of(stat: &Stat) -> Self {
        let nanos = |seconds: i64, nanos: u64| i128::from(seconds) * 1_000_000_000 + i128::from(nanos);
        Self {
            inode: stat.st_ino.into(),
            size: u64::try_from(stat.st_size).unwrap_or_default(),
            modified: nanos(stat.st_mtime.into(), stat.st_mtime_nsec.into()),
            changed: nanos(stat.st_ctime.into(), stat.st_ctime_nsec.into()),
        }
    }

    pub(super) fn contents(&self) -> Contents {
        Contents { size: self.size, modified: self.modified }
    }

    pub(super) fn size(&self) -> u64 {
        self.size
    }
}

/// `inode.size.modified.changed`
impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}.{}.{}", self.inode, self.size, self.modified, self.changed)
    }
}

/// The properties of a file, without content type and metadata.
pub(super) fn properties(stat: &Stat) -> BlobProperties {
    let version = Version::of(stat);
    BlobProperties {
        length: version.size,
        version: version.to_string(),
        last_modified: i64::try_from(version.modified / 1000).ok().map(Timestamp::from_micros),
        ..BlobProperties::default()
    }
}
