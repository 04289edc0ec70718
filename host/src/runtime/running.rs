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
        // A file that is there already may be somebody else's, or readable by others: the mode counts for new ones only.
        match fs::remove_file(&fresh) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(&fresh)?.write_all(&text)?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    #[test]
    fn the_file_is_its_owners_whatever_lay_in_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("state.db");
        let file = RunningHost::file(&database);
        fs::write(&file, "left over").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o666)).unwrap();
        let elsewhere = folder.path().join("elsewhere");
        symlink(&elsewhere, file.with_extension("json.7")).unwrap();

        let running = RunningHost { pid: 7, url: "http://127.0.0.1:1".into(), key: "k".into() };
        let announced = running.announce(&database).unwrap();
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(RunningHost::find(&database).map(|found| found.pid), Some(7));
        assert!(!elsewhere.exists(), "a link is not followed");
        drop(announced);
        assert!(!file.exists());
    }
}
