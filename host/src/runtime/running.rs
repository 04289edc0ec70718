//! How the command line finds the running host of an app: a file beside its database, or in the app's folder where
//! hosts share a database, readable by its owner only.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::storage::Database;
use crate::keys::Key;

/// What a running host writes down for the tools of its own user.
#[derive(Clone, Serialize, Deserialize)]
pub struct RunningHost {
    /// Process id.
    pub pid: u32,
    /// Where it answers.
    pub url: String,
    /// Where its state is, without user and password.
    #[serde(default)]
    pub database: String,
    /// A key that opens everything for as long as this process lives.
    pub key: String,
}

impl std::fmt::Debug for RunningHost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RunningHost").field("pid", &self.pid).field("url", &self.url).finish_non_exhaustive()
    }
}

impl RunningHost {
    /// The file beside a landmark.
    fn file(landmark: &Path) -> PathBuf {
        let mut name = landmark.as_os_str().to_owned();
        name.push(".host.json");
        name.into()
    }

    /// The host of the app in this folder that has this database open, if there is one: the file may be left over from
    /// a host that was killed, so the caller has to see whether it answers. Of hosts that share a database it is the one
    /// of this folder that was started last.
    pub fn find(database: &Database, app: &Path) -> Option<Self> {
        let found: Self =
            serde_json::from_slice(&fs::read(Self::file(&database.landmark(app))).ok()?).ok()?;
        match database {
            // The file is beside no other, however the path was written.
            Database::Sqlite(_) => Some(found),
            Database::Postgres(_) => Some(found).filter(|found| found.database == database.to_string()),
        }
    }

    /// Writes the file; it is removed when the guard is dropped.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub(super) fn announce(&self, landmark: &Path) -> io::Result<Announced> {
        let file = Self::file(landmark);
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

/// Writes the file by which the command line finds this host.
pub(super) fn announce(url: &str, key: &Key, database: &Database, app: &Path) -> Option<Announced> {
    let running = RunningHost {
        pid: std::process::id(),
        url: url.to_owned(),
        key: key.reveal().to_owned(),
        database: database.to_string(),
    };
    match running.announce(&database.landmark(app)) {
        Ok(announced) => Some(announced),
        Err(error) => {
            tracing::warn!(%error, "`invoke` will not find this host: its file could not be written");
            None
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
        let path = folder.path().join("state.db");
        let file = RunningHost::file(&path);
        fs::write(&file, "left over").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o666)).unwrap();
        let elsewhere = folder.path().join("elsewhere");
        symlink(&elsewhere, file.with_extension("json.7")).unwrap();

        let of = |database: &Database| {
            let (url, key) = ("http://127.0.0.1:1".to_owned(), "k".to_owned());
            RunningHost { pid: 7, url, key, database: database.to_string() }
        };
        let found = |database: &Database| RunningHost::find(database, folder.path()).map(|found| found.pid);
        let sqlite = Database::Sqlite(path);
        let announced = of(&sqlite).announce(&sqlite.landmark(folder.path())).unwrap();
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(found(&sqlite), Some(7));
        assert!(!elsewhere.exists(), "a link is not followed");
        drop(announced);
        assert!(!file.exists());

        let postgres = |text: &str| text.parse::<Database>().unwrap();
        let shared = postgres("postgres://host:secret@db/app");
        let _announced = of(&shared).announce(&shared.landmark(folder.path())).unwrap();
        assert_eq!(found(&postgres("postgres://operator@db/app?sslmode=require")), Some(7));
        assert_eq!(found(&postgres("postgres://host:secret@db/other")), None);
    }
}
