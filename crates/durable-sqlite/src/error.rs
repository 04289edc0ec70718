//! What can go wrong, told apart by who acts next: SQLite's codes become the contract's three kinds here and
//! nowhere else.

use std::{fmt::Display, io, path::PathBuf};

use durable_core::store::StoreError;

use crate::{options::Options, schema};

/// Why a file could not be opened as a store. The texts fit "failed to open the durable store: {error}".
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has the file.
    #[error("`{}` is in use by {holder}; one file serves one host at a time (lock: `{}`)", .path.display(), .lock.display())]
    InUse {
        /// The database.
        path: PathBuf,
        /// The lock file.
        lock: PathBuf,
        /// Who has it, as far as the lock file tells.
        holder: String,
    },
    /// The folder is on a file system that other machines share, where locks and shared memory cannot be trusted.
    #[error(
        "`{}` is on a network file system ({kind}), where SQLite loses data; use a local disk, or Postgres for \
         several hosts", .folder.display()
    )]
    NetworkFileSystem {
        /// The folder.
        folder: PathBuf,
        /// The file system's name.
        kind: &'static str,
    },
    /// The folder or the lock file cannot be used.
    #[error("cannot use `{}`: {source}", .path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file was written by a later build.
    #[error(
        "`{}` has schema version {found}, this build knows versions up to {}; start a newer build, or another file",
        .path.display(), schema::NEWEST
    )]
    NewerSchema {
        /// The database.
        path: PathBuf,
        /// Its version.
        found: i64,
    },
    /// The file is a database of something else.
    #[error("`{}` is an SQLite database of another program; choose another file", .path.display())]
    Foreign {
        /// The database.
        path: PathBuf,
    },
    /// SQLite did not take a setting that durability hangs on.
    #[error("`{}` was to be opened with {setting} = {wanted}, but SQLite answers {found}", .path.display())]
    Setting {
        /// The database.
        path: PathBuf,
        /// Which setting.
        setting: &'static str,
        /// What was asked for.
        wanted: String,
        /// What it is.
        found: String,
    },
    /// SQLite refused.
    #[error("cannot open `{}`: {source}", .path.display())]
    Store {
        /// The database.
        path: PathBuf,
        /// Why.
        source: StoreError,
    },
}

impl OpenError {
    pub(crate) fn sqlite(options: &Options, error: &sqlx::Error) -> Self {
        Self::Store { path: options.path.clone(), source: classify(error) }
    }

    pub(crate) fn setting(
        options: &Options,
        setting: &'static str,
        wanted: impl Display,
        found: impl Display,
    ) -> Self {
        let (wanted, found) = (wanted.to_string(), found.to_string());
        Self::Setting { path: options.path.clone(), setting, wanted, found }
    }

    /// What it is to a store that was open before.
    pub(crate) fn into_store(self) -> StoreError {
        match self {
            Self::Store { source, .. } => source,
            other => StoreError::Permanent(other.to_string()),
        }
    }
}

/// SQLite's primary result codes that are told apart.
mod code {
    pub(super) const BUSY: i32 = 5;
    pub(super) const LOCKED: i32 = 6;
    pub(super) const READONLY: i32 = 8;
    pub(super) const INTERRUPT: i32 = 9;
    pub(super) const IOERR: i32 = 10;
    pub(super) const CORRUPT: i32 = 11;
    pub(super) const FULL: i32 = 13;
    pub(super) const PROTOCOL: i32 = 15;
    pub(super) const TOOBIG: i32 = 18;
    pub(super) const CONSTRAINT: i32 = 19;
    pub(super) const NOTADB: i32 = 26;
}

const DISK_FAILED: &str = "the disk failed";

fn primary_code(error: &sqlx::Error) -> Option<i32> {
    let extended: i32 = error.as_database_error()?.code()?.parse().ok()?;
    Some(extended & 0xff)
}

/// Whether a row was refused: by a unique index, or by the fence.
pub(crate) fn is_constraint(error: &sqlx::Error) -> bool {
    primary_code(error) == Some(code::CONSTRAINT)
}

/// An error of a call that has certainly changed nothing.
pub(crate) fn classify(error: &sqlx::Error) -> StoreError {
    let hint = match (primary_code(error), error) {
        (Some(code::BUSY | code::LOCKED | code::INTERRUPT | code::PROTOCOL), _)
        | (None, sqlx::Error::PoolTimedOut) => {
            return StoreError::Retry(error.to_string());
        }
        (Some(code::FULL), _) => "no space is left for the database; free some",
        (Some(code::READONLY), _) => "the database cannot be written: read-only, moved or replaced",
        (Some(code::IOERR), _) => DISK_FAILED,
        (Some(code::CORRUPT | code::NOTADB), _) => "the database file is damaged; restore a copy",
        (Some(code::TOOBIG), _) => "a value is larger than SQLite keeps",
        (Some(code::CONSTRAINT), _) => "a row is not allowed",
        (None, sqlx::Error::WorkerCrashed) => return StoreError::Retry("the connection was lost".to_owned()),
        (None, sqlx::Error::PoolClosed) => "the store is closed",
        _ => return StoreError::Permanent(error.to_string()),
    };
    StoreError::Permanent(format!("{hint} ({error})"))
}

/// An error of a `COMMIT`. Only where SQLite cannot have finished writing is it certain that nothing changed.
pub(crate) fn classify_commit(error: &sqlx::Error) -> StoreError {
    match primary_code(error) {
        Some(code::BUSY | code::LOCKED | code::FULL | code::READONLY | code::CONSTRAINT) => classify(error),
        Some(code::IOERR) => StoreError::UnknownOutcome(format!("{DISK_FAILED} ({error})")),
        _ => StoreError::UnknownOutcome(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_that_dies_in_a_commit_leaves_its_outcome_unknown() {
        assert!(matches!(classify(&sqlx::Error::WorkerCrashed), StoreError::Retry(_)));
        assert!(classify_commit(&sqlx::Error::WorkerCrashed).is_unknown());
    }
}
