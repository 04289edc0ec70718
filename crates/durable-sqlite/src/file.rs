//! The folder and the file that a database needs before SQLite opens it: there, local, private.

use std::{
    fs::{self, OpenOptions},
    io,
    path::{Path, PathBuf},
};

use crate::error::OpenError;

/// Creates the folder, follows links to the file (so that it has one lock under all its names), and refuses network
/// file systems.
pub(crate) fn prepare(path: &Path) -> Result<PathBuf, OpenError> {
    let folder = folder_of(path);
    let failed = |path: &Path| {
        let path = path.to_owned();
        |source| OpenError::Io { path, source }
    };
    fs::create_dir_all(folder).map_err(failed(folder))?;
    let path = match path.canonicalize() {
        Ok(path) => path,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let name = path.file_name().ok_or_else(|| failed(path)(io::ErrorKind::InvalidFilename.into()))?;
            folder.canonicalize().map_err(failed(folder))?.join(name)
        }
        Err(error) => return Err(failed(path)(error)),
    };
    let folder = folder_of(&path);
    if let Some(kind) = network_file_system(folder).map_err(failed(folder))? {
        return Err(OpenError::NetworkFileSystem { folder: folder.to_owned(), kind });
    }
    Ok(path)
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

/// Creates the database empty where it is missing, readable by its owner alone: it holds secrets. SQLite gives its
/// other files the same rights. Only to be called while this process has the file not open: closing any handle to
/// it gives up the locks of all.
pub(crate) fn create_private(path: &Path) -> Result<(), OpenError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            Err(OpenError::Io { path: path.to_owned(), source: error })
        }
        _ => Ok(()),
    }
}

#[cfg(target_os = "linux")]
fn network_file_system(folder: &Path) -> io::Result<Option<&'static str>> {
    // The type's width differs between architectures; the magic numbers have 32 bits.
    let magic = rustix::fs::statfs(folder)?.f_type as u32;
    Ok(name_of_network_file_system(magic))
}

#[cfg(not(target_os = "linux"))]
fn network_file_system(_folder: &Path) -> io::Result<Option<&'static str>> {
    Ok(None)
}

/// Magic numbers of `statfs(2)`.
#[cfg(any(target_os = "linux", test))]
fn name_of_network_file_system(magic: u32) -> Option<&'static str> {
    match magic {
        0x6969 => Some("nfs"),
        0x517b => Some("smb"),
        0xfe53_4d42 => Some("smb2"),
        0xff53_4d42 => Some("cifs"),
        0x0102_1997 => Some("9p"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn network_file_systems_have_names() {
        assert_eq!(name_of_network_file_system(0x6969), Some("nfs"));
        assert_eq!(name_of_network_file_system(0xff53_4d42), Some("cifs"));
        assert_eq!(name_of_network_file_system(0xef53), None, "ext4");
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(network_file_system(folder.path()).unwrap(), None);
    }
}
