//! Reading a file as a stream.

use std::{
    fs::File,
    io::{self, Read},
};

use bytes::{Bytes, BytesMut};
use fnhost_protocol::blob::{BlobError, BlobProperties, BlobStream};
use futures_util::{StreamExt, stream};

use super::{
    attributes,
    folder::{Root, Stop, failed, open_file},
    version::{Contents, Version, properties},
};
use crate::blobs::store::Labels;
use fnhost_protocol::blob::BlobPath;

/// As much as is read at once, and so held in memory.
const PIECE: usize = 256 << 10;

/// Opens a blob. Blocks.
pub(super) fn open(root: &Root, at: &BlobPath) -> Result<(File, BlobProperties, Version), Stop> {
    let (folder, last) = root.find(&at.container, &at.name).map_err(no_folder)?;
    let (file, stat) = open_file(folder, last)?;
    let mut properties = properties(&stat);
    attributes::read(&file, &mut properties).map_err(Stop::Failed)?;
    Ok((file.into(), properties, Version::of(&stat)))
}

/// Below a file there are no blobs.
pub(super) fn no_folder(stop: Stop) -> Stop {
    match stop {
        Stop::File(_) => Stop::Missing,
        other => other,
    }
}

/// The bytes of an open file, which are read as they are asked for.
pub(super) fn stream(file: File, version: Version, labels: Labels, at: BlobPath) -> BlobStream {
    let reading = Reading { file, contents: version.contents(), left: version.size(), labels, at };
    stream::try_unfold(Some(reading), |reading| async move {
        let Some(reading) = reading else { return Ok(None) };
        let (piece, rest) = blocking(move || reading.piece()).await?;
        Ok(piece.map(|piece| (piece, rest)))
    })
    .boxed()
}

struct Reading {
    file: File,
    contents: Contents,
    /// Bytes that are still to come.
    left: u64,
    labels: Labels,
    at: BlobPath,
}

impl Reading {
    /// The next piece, and what reads on; `None` at the end. Blocks.
    fn piece(mut self) -> Result<(Option<Bytes>, Option<Self>), BlobError> {
        let wanted = usize::try_from(self.left).unwrap_or(PIECE).min(PIECE);
        let mut piece = BytesMut::zeroed(wanted);
        let mut filled = 0;
        while filled < wanted {
            match self.file.read(&mut piece[filled..]) {
                Ok(0) => break,
                Ok(more) => filled += more,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.labels.of_blob(&self.at, failed(&error))),
            }
        }
        self.left -= filled as u64;
        if filled < wanted || self.left == 0 {
            self.check_unchanged(filled < wanted)?;
            piece.truncate(filled);
            return Ok(((filled > 0).then(|| piece.freeze()), None));
        }
        Ok((Some(piece.freeze()), Some(self)))
    }

    /// Somebody who writes into the file while it is read mixes two versions.
    fn check_unchanged(&self, is_short: bool) -> Result<(), BlobError> {
        let stat = rustix::fs::fstat(&self.file)
            .map_err(|error| self.labels.of_blob(&self.at, Stop::Failed(error)))?;
        if !is_short && Version::of(&stat).contents() == self.contents {
            return Ok(());
        }
        let why = "somebody wrote into its file while it was read".to_owned();
        Err(BlobError::Changed { what: self.labels.blob(&self.at), why })
    }
}

/// Runs what blocks on a thread that may.
pub(super) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime is going down, and with it everybody who waits for this.
            Err(_) => std::future::pending().await,
        },
    }
}
