//! What the operating system says, as errors of blobs.

use fnhost_protocol::blob::{BlobError, BlobPath};
use rustix::io::Errno;

use super::folder::Stop;
use crate::blobs::store::Labels;

impl Labels {
    /// Why a call on a blob failed.
    pub(super) fn of_blob(&self, at: &BlobPath, stop: Stop) -> BlobError {
        match stop {
            Stop::Missing => BlobError::NotFound { what: self.blob(at) },
            Stop::File(part) => BlobError::Invalid {
                message: format!(
                    "{} cannot be: `{part}` is a file, and in a folder a blob cannot be the beginning of other names",
                    self.blob(at)
                ),
            },
            Stop::NoFile(_) => BlobError::Invalid {
                message: format!(
                    "{} cannot be: a folder or something else that is no file has this name",
                    self.blob(at)
                ),
            },
            other => self.of(self.blob(at), other),
        }
    }

    /// Why a call on a container failed.
    pub(super) fn of_container(&self, container: &str, stop: Stop) -> BlobError {
        match stop {
            Stop::Missing => BlobError::NotFound { what: self.container(container) },
            other => self.of(self.container(container), other),
        }
    }

    fn of(&self, what: String, stop: Stop) -> BlobError {
        match stop {
            Stop::Missing => BlobError::NotFound { what },
            Stop::Vanished(root) => {
                BlobError::Unavailable { what, why: format!("there is no folder {}", root.display()) }
            }
            Stop::Link(part) => BlobError::Denied {
                what,
                why: format!("`{}` is a symbolic link, and links are not followed", part.escape_debug()),
            },
            Stop::File(part) | Stop::NoFile(part) => {
                BlobError::Invalid { message: format!("{what}: `{part}` is no folder") }
            }
            Stop::Failed(errno) => of_errno(what, errno),
        }
    }
}

fn of_errno(what: String, errno: Errno) -> BlobError {
    let why = std::io::Error::from(errno).to_string();
    match errno {
        Errno::ACCESS | Errno::PERM | Errno::ROFS => BlobError::Denied { what, why },
        Errno::NAMETOOLONG => BlobError::Invalid {
            message: format!("{what} cannot be: a part of its name is longer than the file system takes"),
        },
        // A full disk, too many open files, a failing disk: somebody may mend it.
        _ => BlobError::Unavailable { what, why },
    }
}
