//! What the host file says of blobs.

use std::{path::PathBuf, time::Duration};

/// How stores look after what happens in them.
#[derive(Debug, Clone)]
pub struct BlobOptions {
    /// The app's folder, which relative paths begin at.
    pub app: PathBuf,
    /// How long a file must be left alone before it counts as complete, where nothing says that it was closed.
    pub settle: Duration,
    /// How often a container is scanned that cannot be watched.
    pub scan_interval: Duration,
}
