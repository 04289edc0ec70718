//! Where the file is and how carefully it is written.

use std::{fmt, path::PathBuf, time::Duration};

/// How to open a [`SqliteStore`](crate::SqliteStore).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The database file; it and its folder are created when missing.
    pub path: PathBuf,
    /// Name of the task hub: a namespace within the file.
    pub hub: String,
    /// When a commit counts as written.
    pub synchronous: Synchronous,
    /// Connections for reading, opened when needed.
    pub readers: u32,
    /// How long a write waits for somebody outside, such as the `sqlite3` tool, who holds the file.
    pub busy_timeout: Duration,
    /// Memory for pages of the writing connection, in KiB. More is not better: rows are written at the right edges of
    /// the tables, and SQLite looks through all pages that it keeps whenever one of them is split.
    pub writer_cache_kib: u32,
}

impl Options {
    /// A file and a task hub, everything else as recommended.
    pub fn new(path: impl Into<PathBuf>, hub: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            hub: hub.into(),
            synchronous: Synchronous::Full,
            readers: 4,
            busy_timeout: Duration::from_secs(5),
            writer_cache_kib: 8 * 1024,
        }
    }

    /// The busy timeout as far as SQLite can count it.
    pub(crate) fn busy_patience(&self) -> Duration {
        self.busy_timeout.min(Duration::from_millis(i32::MAX as u64))
    }
}

/// When a commit counts as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Synchronous {
    /// Once the disk has it: nothing acknowledged is lost when the power fails.
    Full,
    /// Once the operating system has it: when the power fails, the last commits may be lost (the file stays
    /// sound, and a crash of the process alone loses nothing).
    Normal,
}

impl Synchronous {
    /// As SQLite calls it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Full => "FULL",
            Self::Normal => "NORMAL",
        }
    }

    /// As `PRAGMA synchronous` answers it.
    pub(crate) fn level(self) -> i64 {
        match self {
            Self::Full => 2,
            Self::Normal => 1,
        }
    }
}

impl fmt::Display for Synchronous {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
