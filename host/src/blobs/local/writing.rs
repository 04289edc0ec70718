//! Writing a file so that nobody ever sees half of it.

use std::{
    fs::File,
    os::fd::OwnedFd,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use fnhost_protocol::blob::{BlobError, BlobPath, BlobProperties, BlobStream, OnlyIf, WriteOptions};
use futures_util::StreamExt;
use rustix::{
    fs::{AtFlags, Mode, OFlags, RenameFlags, Timespec, Timestamps},
    io::Errno,
};
use tokio::io::AsyncWriteExt;
use uuid::Uuid;

use super::{
    attributes,
    entries::{Entries, PassedOver},
    folder::{Root, Stop, enter, enter_to_list, failed, kind, look, reopen},
    reading::blocking,
    version::properties,
};
use crate::blobs::store::Labels;

/// Where writes begin, beside the containers. No container can have such a name.
const UPLOADS: &str = ".fnhost-uploads";

/// What a dead host has left in there is removed when it is older than this.
const LEFT_BEHIND: Duration = Duration::from_secs(86_400);

/// A file that is being written.
struct Upload {
    uploads: OwnedFd,
    name: String,
    is_placed: bool,
}

impl Drop for Upload {
    fn drop(&mut self) {
        if !self.is_placed
            && let Err(error) = rustix::fs::unlinkat(&self.uploads, &self.name, AtFlags::empty())
        {
            tracing::warn!("`{UPLOADS}/{}` could not be removed: {error}", self.name);
        }
    }
}

/// What all writes of a store share.
#[derive(Debug, Clone)]
pub(super) struct Writer {
    pub(super) root: Root,
    pub(super) labels: Labels,
    pub(super) passed_over: PassedOver,
    /// Held from the look at what is there until the new file is in its place.
    pub(super) placing: Arc<Mutex<()>>,
}

impl Writer {
    pub(super) async fn write(
        self,
        at: BlobPath,
        mut body: BlobStream,
        options: WriteOptions,
    ) -> Result<BlobProperties, BlobError> {
        let (writer, path) = (self.clone(), at.clone());
        let (upload, file) =
            blocking(move || writer.begin().map_err(|stop| writer.labels.of_blob(&path, stop))).await?;
        let mut file = tokio::fs::File::from_std(file);
        let broken = |error: std::io::Error| self.labels.of_blob(&at, failed(&error));
        while let Some(piece) = body.next().await {
            file.write_all(&piece?).await.map_err(broken)?;
        }
        file.flush().await.map_err(broken)?;
        let file = file.into_std().await;
        let (writer, path) = (self.clone(), at.clone());
        blocking(move || writer.place(&path, upload, &file, &options)).await
    }

    /// A new file among the uploads. Blocks.
    fn begin(&self) -> Result<(Upload, File), Stop> {
        let root = self.root.open_to_write()?;
        let uploads = match enter(&root, UPLOADS) {
            Err(Stop::Missing) => {
                match rustix::fs::mkdirat(&root, UPLOADS, Mode::from_raw_mode(0o777)) {
                    Ok(()) | Err(Errno::EXIST) => {}
                    Err(error) => return Err(Stop::Failed(error)),
                }
                enter(&root, UPLOADS)?
            }
            entered => entered?,
        };
        let name = Uuid::new_v4().simple().to_string();
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = rustix::fs::openat(&uploads, name.as_str(), flags, Mode::from_raw_mode(0o666))
            .map_err(Stop::Failed)?;
        Ok((Upload { uploads, name, is_placed: false }, file.into()))
    }

    /// Makes the file durable and puts it where it belongs. Blocks.
    fn place(
        &self,
        at: &BlobPath,
        mut upload: Upload,
        file: &File,
        options: &WriteOptions,
    ) -> Result<BlobProperties, BlobError> {
        let wrong = |stop| self.labels.of_blob(at, stop);
        let os = |error| wrong(Stop::Failed(error));
        attributes::write(file, options, &self.labels.blob(at))?;
        stamp(file).map_err(os)?;
        rustix::fs::fsync(file).map_err(os)?;
        let (folder, last, grown) = self.root.make(&at.container, &at.name).map_err(wrong)?;
        {
            let _one_at_a_time = self.placing.lock().unwrap_or_else(PoisonError::into_inner);
            self.check(at, &folder, last, &options.only_if)?;
            let placed = if options.only_if == OnlyIf::Absent {
                place_new(&upload, &folder, last)
            } else {
                rustix::fs::renameat(&upload.uploads, &upload.name, &folder, last)
            };
            placed.map_err(|error| match error {
                Errno::EXIST if options.only_if == OnlyIf::Absent => self.is_there(at),
                Errno::ISDIR | Errno::NOTEMPTY | Errno::EXIST => wrong(Stop::NoFile(last.to_owned())),
                other => os(other),
            })?;
            upload.is_placed = true;
        }
        for folder in std::iter::once(folder).chain(grown) {
            // The name is in its folder only once the folder is on the disk.
            rustix::fs::fsync(reopen(&folder).map_err(wrong)?).map_err(os)?;
        }
        let mut written = properties(&rustix::fs::fstat(file).map_err(os)?);
        attributes::read(file, &mut written).map_err(os)?;
        Ok(written)
    }

    /// Whether what is there may be replaced.
    fn check(&self, at: &BlobPath, folder: &OwnedFd, last: &str, only_if: &OnlyIf) -> Result<(), BlobError> {
        let found = match look(folder, last) {
            Ok(stat) => Some(stat),
            Err(Stop::Missing) => None,
            Err(stop) => return Err(self.labels.of_blob(at, stop)),
        };
        if found.as_ref().is_some_and(|stat| kind(stat).is_symlink()) {
            return Err(self.labels.of_blob(at, Stop::Link(last.to_owned())));
        }
        match (only_if, found) {
            (OnlyIf::Always, _) | (OnlyIf::Absent, None) => Ok(()),
            (OnlyIf::Absent, Some(_)) => Err(self.is_there(at)),
            (OnlyIf::Version(wanted), Some(stat)) if properties(&stat).version == *wanted => Ok(()),
            (OnlyIf::Version(_), found) => {
                let why = if found.is_some() { "it is another version now" } else { "it is gone" };
                Err(BlobError::Changed { what: self.labels.blob(at), why: why.to_owned() })
            }
        }
    }

    fn is_there(&self, at: &BlobPath) -> BlobError {
        BlobError::Changed { what: self.labels.blob(at), why: "there is one already".to_owned() }
    }

    /// Removes what hosts have left behind that died while they wrote. Blocks.
    pub(super) fn clear(&self) {
        if let Err(stop) = self.clear_old() {
            tracing::debug!("`{UPLOADS}` could not be cleared: {stop:?}");
        }
    }

    fn clear_old(&self) -> Result<(), Stop> {
        let uploads = match self.root.open_to_write().and_then(|root| enter_to_list(root, UPLOADS)) {
            Ok(uploads) => uploads,
            Err(Stop::Missing) => return Ok(()),
            Err(stop) => return Err(stop),
        };
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let oldest = now.saturating_sub(LEFT_BEHIND).as_micros();
        for entry in Entries::of(&uploads, UPLOADS, &self.passed_over)? {
            let entry = entry?;
            let written = properties(&look(&uploads, &entry.name)?).last_modified;
            if !entry.is_folder && written.is_some_and(|time| i128::from(time.as_micros()) < oldest as i128) {
                rustix::fs::unlinkat(&uploads, entry.name.as_str(), AtFlags::empty())
                    .map_err(Stop::Failed)?;
            }
        }
        Ok(())
    }
}

/// Gives a file the exact time. The kernel's own stamps stand still for some milliseconds, and a name, an inode that is
/// used again and a size may all be the same twice within that.
fn stamp(file: &File) -> Result<(), Errno> {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let now = Timespec {
        tv_sec: i64::try_from(now.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: now.subsec_nanos().into(),
    };
    rustix::fs::futimens(file, &Timestamps { last_access: now, last_modification: now })
}

/// Puts a file where none may be.
fn place_new(upload: &Upload, folder: &OwnedFd, last: &str) -> Result<(), Errno> {
    match rustix::fs::renameat_with(&upload.uploads, &upload.name, folder, last, RenameFlags::NOREPLACE) {
        // File systems that cannot do this can link, which never replaces.
        Err(Errno::INVAL | Errno::NOSYS) => {
            rustix::fs::linkat(&upload.uploads, &upload.name, folder, last, AtFlags::empty())?;
            rustix::fs::unlinkat(&upload.uploads, &upload.name, AtFlags::empty())
        }
        other => other,
    }
}
