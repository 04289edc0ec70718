//! One host per file: an operating-system lock on a file beside the database, held for the life of the process.
//!
//! The system gives the lock back when the process ends, however it ends, so whoever holds it knows that every
//! earlier host is dead. The lock file is never deleted: a deleted one could be locked twice.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{self, Read, Seek, Write},
    path::{Path, PathBuf},
};

use fnhost_protocol::time::Timestamp;

use crate::{columns::micros_since_1970, error::OpenError, options::Options};

/// Held as long as it lives.
#[derive(Debug)]
pub(crate) struct Lock {
    /// Holds the lock; the system releases it with the last handle.
    _file: File,
}

impl Lock {
    /// Takes the lock, or says who has it.
    pub(crate) fn take(options: &Options) -> Result<Self, OpenError> {
        let path = lock_path(&options.path);
        let failed = |source| OpenError::Io { path: path.clone(), source };
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(&path)
            .map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(OpenError::InUse {
                    path: options.path.clone(),
                    holder: read_holder(&mut file),
                    lock: path,
                });
            }
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        write_holder(&mut file).map_err(failed)?;
        Ok(Self { _file: file })
    }
}

/// `durable.db` is locked by `durable.db.lock`.
fn lock_path(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(".lock");
    name.into()
}

fn write_holder(file: &mut File) -> io::Result<()> {
    let since = Timestamp::from_micros(micros_since_1970());
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "process {} on {host} since {}", std::process::id(), since.to_seconds_text())
}

/// What the holder wrote; it may be about to.
fn read_holder(file: &mut File) -> String {
    let mut text = String::new();
    match file.take(512).read_to_string(&mut text) {
        Ok(_) if !text.trim().is_empty() => text.trim().to_owned(),
        _ => "another process".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_held_lock_names_its_holder_and_is_free_after_drop() {
        let folder = tempfile::tempdir().unwrap();
        let options = Options::new(folder.path().join("a.db"), "default");
        let lock = Lock::take(&options).unwrap();
        let refused = Lock::take(&options).unwrap_err().to_string();
        assert!(refused.contains(&format!("process {}", std::process::id())), "{refused}");
        assert!(refused.contains("since 20"), "{refused}");
        drop(lock);
        Lock::take(&options).unwrap();
    }
}
