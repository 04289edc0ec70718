//! What stands in a folder, as far as it can be a blob or lead to one.

use std::{
    ffi::CStr,
    os::fd::AsFd,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use rustix::fs::{Dir, FileType};

use super::folder::{Stop, kind, look};

/// One entry of a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) is_folder: bool,
}

/// Says once what is passed over. Shared by all listings of a store.
#[derive(Debug, Clone)]
pub(super) struct PassedOver {
    connection: Arc<str>,
    names: Arc<AtomicBool>,
    links: Arc<AtomicBool>,
}

impl PassedOver {
    pub(super) fn new(connection: Arc<str>) -> Self {
        Self { connection, names: Arc::default(), links: Arc::default() }
    }

    fn name(&self, folder: &str, name: &CStr) {
        if !self.names.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                connection = &*self.connection,
                "a file in `{folder}` is passed over because its name is not UTF-8: `{}`; others like it are passed \
                 over without another word",
                name.to_bytes().escape_ascii()
            );
        }
    }

    fn link(&self, folder: &str, name: &str) {
        if !self.links.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                connection = &*self.connection,
                "`{}` in `{folder}` is passed over because it is a symbolic link, and links are not followed; others \
                 like it are passed over without another word",
                name.escape_debug()
            );
        }
    }
}

/// Reads a folder, in the order in which the file system gives it.
pub(super) struct Entries {
    dir: Dir,
    /// For messages.
    folder: String,
    passed_over: PassedOver,
}

impl Entries {
    /// `listed` was opened to be listed; `folder` names it in messages.
    pub(super) fn of(listed: impl AsFd, folder: &str, passed_over: &PassedOver) -> Result<Self, Stop> {
        let dir = Dir::read_from(listed).map_err(Stop::Failed)?;
        Ok(Self { dir, folder: folder.to_owned(), passed_over: passed_over.clone() })
    }
}

impl Iterator for Entries {
    type Item = Result<Entry, Stop>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let entry = match self.dir.read()? {
                Ok(entry) => entry,
                Err(error) => return Some(Err(Stop::Failed(error))),
            };
            let raw = entry.file_name();
            let Ok(name) = raw.to_str() else {
                self.passed_over.name(&self.folder, raw);
                continue;
            };
            if matches!(name, "." | "..") {
                continue;
            }
            let kind = match entry.file_type() {
                // Some file systems do not say.
                FileType::Unknown => {
                    match self.dir.fd().map_err(Stop::Failed).and_then(|dir| look(dir, name)) {
                        Ok(stat) => kind(&stat),
                        Err(Stop::Missing) => continue,
                        Err(error) => return Some(Err(error)),
                    }
                }
                known => known,
            };
            match kind {
                FileType::RegularFile | FileType::Directory => {
                    let is_folder = kind == FileType::Directory;
                    return Some(Ok(Entry { name: name.to_owned(), is_folder }));
                }
                FileType::Symlink => self.passed_over.link(&self.folder, name),
                // Pipes, sockets, devices.
                _ => {}
            }
        }
    }
}
