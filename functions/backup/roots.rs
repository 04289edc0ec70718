//! Which files may be backed up: those below the folders of the setting `BackupRoots`. Links are not followed, so that
//! none leads out of there.

use std::{
    fs,
    path::{Path, PathBuf},
};

use fnhost_sdk::{Context, Result, Settings, bail, ensure};

use crate::database::app_folder;

/// The folders that may be backed up.
pub struct Roots(Vec<PathBuf>);

impl Roots {
    /// The folders of the setting `BackupRoots`, with `:` in between; they may be relative to the app's folder. One that
    /// is not there allows nothing.
    ///
    /// # Errors
    /// When the setting is missing.
    pub fn of(settings: &Settings) -> Result<Self> {
        let setting = settings.get("BackupRoots")?;
        let folders = setting.split(':').filter(|folder| !folder.is_empty());
        let app = app_folder(settings);
        Ok(Self(folders.filter_map(|folder| fs::canonicalize(app.join(folder)).ok()).collect()))
    }

    /// All files below a folder, in the order of their names. `%NAME%` in the folder's path stands for a setting.
    ///
    /// # Errors
    /// When there is no such folder, it may not be backed up, or it cannot be read whole.
    pub fn list(&self, root: &str, settings: &Settings) -> Result<Vec<String>> {
        let expanded = expanded(root, settings);
        if !Path::new(&expanded).is_dir() {
            bail!("Could not find a directory named '{root}'.");
        }
        let folder = self.allowed(Path::new(&expanded))?;
        let mut files = Vec::new();
        let mut folders = vec![folder];
        while let Some(folder) = folders.pop() {
            let cannot = || format!("{} cannot be read", folder.display());
            for entry in fs::read_dir(&folder).with_context(cannot)? {
                let entry = entry.with_context(cannot)?;
                let (path, kind) = (entry.path(), entry.file_type().with_context(cannot)?);
                if kind.is_dir() {
                    folders.push(path);
                } else if kind.is_file() {
                    let Some(text) = path.to_str() else {
                        bail!("the name of {} is no UTF-8, so that no blob can have it", path.display());
                    };
                    files.push(text.to_owned());
                }
                // Links, sockets and devices are no content.
            }
        }
        files.sort_unstable();
        Ok(files)
    }

    /// Opens a file that may be backed up.
    ///
    /// # Errors
    /// When it is not there any more, may not be backed up, or cannot be read.
    pub async fn open(&self, path: &str) -> Result<tokio::fs::File> {
        let allowed = self.allowed(Path::new(path))?;
        ensure!(
            allowed == Path::new(path),
            "{path} leads to {} by a link, which is not followed",
            allowed.display()
        );
        tokio::fs::File::open(&allowed).await.with_context(|| format!("{path} cannot be read"))
    }

    /// The path without links, if it lies below one of the folders.
    fn allowed(&self, path: &Path) -> Result<PathBuf> {
        let real = fs::canonicalize(path).with_context(|| format!("{} cannot be read", path.display()))?;
        ensure!(
            self.0.iter().any(|root| real.starts_with(root)),
            "{} may not be backed up; allowed: what lies below the folders of the setting `BackupRoots`",
            path.display()
        );
        Ok(real)
    }
}

/// The name of a file's blob: its path without drive and leading slash.
pub fn blob_name(path: &str) -> String {
    let path = path.replace('\\', "/");
    let without_drive = match path.split_once(':') {
        Some((drive, rest)) if drive.len() == 1 => rest,
        _ => &path,
    };
    without_drive.trim_start_matches('/').to_owned()
}

/// The text with settings in the places of `%NAME%`. A name that is no setting stays as it is written.
fn expanded(text: &str, settings: &Settings) -> String {
    let Some((before, rest)) = text.split_once('%') else { return text.to_owned() };
    match rest.split_once('%') {
        Some((name, rest)) => match settings.find(name) {
            Some(value) => format!("{before}{value}{}", expanded(rest, settings)),
            None => format!("{before}%{name}{}", expanded(&format!("%{rest}"), settings)),
        },
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blobs_are_named_as_published() {
        for (path, name) in [
            ("/home/LogFiles/a b.txt", "home/LogFiles/a b.txt"),
            (r"D:\home\LogFiles\ü.log", "home/LogFiles/ü.log"),
            ("//server/share/x", "server/share/x"),
            ("/a:b/c", "a:b/c"),
        ] {
            assert_eq!(blob_name(path), name, "{path}");
        }
    }

    #[test]
    fn settings_stand_in_paths() {
        let settings = Settings::from_iter([("HOME", "/home/ann"), ("X", "%HOME%")]);
        for (text, expected) in [
            ("%HOME%/logs", "/home/ann/logs"),
            ("/a%b", "/a%b"),
            ("%NONE%/%HOME%", "%NONE%//home/ann"),
            ("%X%", "%HOME%"),
            ("100%", "100%"),
        ] {
            assert_eq!(expanded(text, &settings), expected, "{text}");
        }
    }
}
