//! How the command line finds the running host of an app: a file beside its database, readable by its owner only.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

/// What a running host writes down for the tools of its own user.
#[derive(Clone, Serialize, Deserialize)]
pub struct RunningHost {
    /// Process id.
    pub pid: u32,
    /// Where it answers.
    pub url: String,
    /// A key that opens everything for as long as this process lives.
    pub key: String,
}

impl std::fmt::Debug for RunningHost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RunningHost").field("pid", &self.pid).field("url", &self.url).finish_non_exhaustive()
    }
}

impl RunningHost {
    /// The file beside a database.
    fn file(database: &Path) -> PathBuf {
        let mut name = database.as_os_str().to_owned();
        name.push(".host.json");
        name.into()
    }

    /// The host that has this database open, if there is one: the file may be left over from a host that was
    /// killed, so the caller has to see whether it answers.
    pub fn find(database: &Path) -> Option<Self> {
        serde_json::from_slice(&fs::read(Self::file(database)).ok()?).ok()
    }

    /// Writes the file; it is removed when the guard is dropped.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub(super) fn announce(&self, database: &Path) -> io::Result<Announced> {
        let file = Self::file(database);
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)?;
        }
        let fresh = file.with_extension(format!("json.{}", self.pid));
        let text = serde_json::to_vec(self).map_err(io::Error::other)?;
        OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&fresh)?
            .write_all(&text)?;
        fs::rename(&fresh, &file)?;
        Ok(Announced { file, pid: self.pid })
    }
}

/// Removes the file when the host stops, unless another host has written its own meanwhile.
#[derive(Debug)]
pub(super) struct Announced {
    file: PathBuf,
    pid: u32,
}

impl Drop for Announced {
    fn drop(&mut self) {
        let ours = fs::read(&self.file)
            .ok()
            .and_then(|text| serde_json::from_slice::<RunningHost>(&text).ok())
            .is_some_and(|running| running.pid == self.pid);
        if ours && let Err(error) = fs::remove_file(&self.file) {
            tracing::debug!(%error, "the file of the running host could not be removed");
        }
    }
}
