//! Copies one file to `backups/{path}`, over what is there. Returns how many bytes that were.

use fnhost_sdk::{BlobClient, Context, Result, Settings};

use super::roots::{Roots, blob_name};

pub async fn run(path: String, blobs: BlobClient, settings: Settings) -> Result<u64> {
    let file = Roots::of(&settings)?.open(&path).await?;
    let written = blobs.container("backups").upload(blob_name(&path), file).await;
    Ok(written.with_context(|| format!("{path} cannot be copied"))?.length)
}
