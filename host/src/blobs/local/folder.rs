//! The folder of a connection: everything is opened beneath it, part by part.

use std::{
    fs, io,
    os::fd::{AsFd, OwnedFd},
    path::{Path, PathBuf},
};

use rustix::{
    fs::{AtFlags, FileType, Mode, OFlags, Stat},
    io::Errno,
};

/// Opens a folder to find things in it; that needs no right to list it.
const ENTER: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// Opens a folder to list it.
const LIST: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// Why there is no way to where a name points.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// Nothing is there.
    Missing,
    /// The connection's own folder is gone.
    Vanished(PathBuf),
    /// This part is a symbolic link.
    Link(String),
    /// This part is a file, where a folder would have to be.
    File(String),
    /// A folder, or something that is neither file nor folder, is where the file would have to be.
    NoFile(String),
    /// The operating system says no.
    Failed(Errno),
}

/// The folder of a connection.
#[derive(Debug, Clone)]
pub(super) struct Root {
    path: PathBuf,
    /// Whether it is made when it is missing.
    made: bool,
}

impl Root {
    pub(super) fn new(path: PathBuf, made: bool) -> Self {
        Self { path, made }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Opens it. It may itself be a link: whoever wrote the connection string chose it.
    fn open(&self) -> Result<OwnedFd, Stop> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        rustix::fs::open(&self.path, flags, Mode::empty()).map_err(|error| match error {
            Errno::NOENT if self.made => Stop::Missing,
            Errno::NOENT | Errno::NOTDIR => Stop::Vanished(self.path.clone()),
            other => Stop::Failed(other),
        })
    }

    /// Opens it; makes it first, where it is one that is made.
    pub(super) fn open_to_write(&self) -> Result<OwnedFd, Stop> {
        match self.open() {
            Err(Stop::Missing) => {
                fs::create_dir_all(&self.path).map_err(|error| failed(&error))?;
                self.open()
            }
            other => other,
        }
    }

    /// The folder in which the last part of a name stands, and that part.
    pub(super) fn find<'a>(&self, container: &'a str, name: &'a str) -> Result<(OwnedFd, &'a str), Stop> {
        let (folders, last) = split(name);
        let mut folder = self.enter_container(container)?;
        for part in folders {
            folder = enter(&folder, part)?;
        }
        Ok((folder, last))
    }

    /// The same, where folders that are missing are made. The second answer is the folders in which something was made:
    /// they have to be synced as well.
    pub(super) fn make<'a>(
        &self,
        container: &'a str,
        name: &'a str,
    ) -> Result<(OwnedFd, &'a str, Vec<OwnedFd>), Stop> {
        let (folders, last) = split(name);
        let mut folder = self.open_to_write()?;
        let mut grown = Vec::new();
        for part in std::iter::once(container).chain(folders) {
            let next = match enter(&folder, part) {
                Err(Stop::Missing) => {
                    match rustix::fs::mkdirat(&folder, part, Mode::from_raw_mode(0o777)) {
                        Ok(()) | Err(Errno::EXIST) => {}
                        Err(error) => return Err(Stop::Failed(error)),
                    }
                    let next = enter(&folder, part)?;
                    grown.push(folder);
                    next
                }
                entered => {
                    let next = entered?;
                    drop(folder);
                    next
                }
            };
            folder = next;
        }
        Ok((folder, last, grown))
    }

    /// A folder to be listed: the container, or one of the folders in it (`""`, or a path without a slash at its end).
    pub(super) fn list(&self, container: &str, path: &str) -> Result<OwnedFd, Stop> {
        let mut folder = self.enter_container(container)?;
        for part in path.split('/').filter(|part| !part.is_empty()) {
            folder = enter(&folder, part)?;
        }
        reopen(&folder)
    }

    /// Device and inode of a container, which tell whether it is still the same folder.
    pub(super) fn identity(&self, container: &str) -> Result<(u64, u64), Stop> {
        let stat = rustix::fs::fstat(self.enter_container(container)?).map_err(Stop::Failed)?;
        Ok((stat.st_dev, stat.st_ino))
    }

    pub(super) fn enter_container(&self, container: &str) -> Result<OwnedFd, Stop> {
        enter(&self.open()?, container)
    }
}

/// The folders of a name and its last part.
fn split(name: &str) -> (impl Iterator<Item = &str>, &str) {
    let (folders, last) = name.rsplit_once('/').unwrap_or(("", name));
    (folders.split('/').filter(|part| !part.is_empty()), last)
}

/// Enters a folder in a folder.
pub(super) fn enter(folder: impl AsFd, part: &str) -> Result<OwnedFd, Stop> {
    open(folder, part, ENTER)
}

/// Opens an entered folder so that it can be listed or synced.
pub(super) fn reopen(folder: impl AsFd) -> Result<OwnedFd, Stop> {
    rustix::fs::openat(folder, ".", LIST, Mode::empty()).map_err(Stop::Failed)
}

/// Enters a folder in a folder, to list it.
pub(super) fn enter_to_list(folder: impl AsFd, part: &str) -> Result<OwnedFd, Stop> {
    open(folder, part, LIST)
}

fn open(folder: impl AsFd, part: &str, flags: OFlags) -> Result<OwnedFd, Stop> {
    // Names have been checked; this is the last door before the operating system, so it looks again.
    if matches!(part, "" | "." | "..") || part.contains('/') {
        return Err(Stop::Link(part.to_owned()));
    }
    rustix::fs::openat(folder.as_fd(), part, flags, Mode::empty()).map_err(|error| match error {
        Errno::NOENT => Stop::Missing,
        Errno::NOTDIR | Errno::LOOP => match look(folder, part) {
            Ok(stat) if kind(&stat) == FileType::Symlink => Stop::Link(part.to_owned()),
            _ => Stop::File(part.to_owned()),
        },
        other => Stop::Failed(other),
    })
}

/// Opens the file of a blob to read it.
pub(super) fn open_file(folder: impl AsFd, last: &str) -> Result<(OwnedFd, Stat), Stop> {
    // Not blocking: opening a pipe would wait for somebody to write into it.
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = rustix::fs::openat(folder, last, flags, Mode::empty()).map_err(|error| match error {
        Errno::NOENT => Stop::Missing,
        Errno::LOOP => Stop::Link(last.to_owned()),
        Errno::NXIO => Stop::NoFile(last.to_owned()),
        other => Stop::Failed(other),
    })?;
    let stat = rustix::fs::fstat(&file).map_err(Stop::Failed)?;
    match kind(&stat) {
        FileType::RegularFile => Ok((file, stat)),
        // A folder is the beginning of other names and no blob.
        FileType::Directory => Err(Stop::Missing),
        _ => Err(Stop::NoFile(last.to_owned())),
    }
}

/// Looks at an entry without opening it or following it.
pub(super) fn look(folder: impl AsFd, part: &str) -> Result<Stat, Stop> {
    rustix::fs::statat(folder, part, AtFlags::SYMLINK_NOFOLLOW).map_err(|error| match error {
        Errno::NOENT => Stop::Missing,
        other => Stop::Failed(other),
    })
}

pub(super) fn kind(stat: &Stat) -> FileType {
    FileType::from_raw_mode(stat.st_mode)
}

/// An error of the standard library's as the operating system gave it.
pub(super) fn failed(error: &io::Error) -> Stop {
    Stop::Failed(Errno::from_io_error(error).unwrap_or(Errno::IO))
}
