//! Copies some of the files of a backup, so many at once. A folder may have any number of them; the histories of backup
//! and chunk stay short.

use fnhost_sdk::{Chunk, ChunkResults, OrchestrationContext, Result};

pub async fn run(ctx: OrchestrationContext, files: Chunk<String>) -> Result<ChunkResults<u64>> {
    Ok(ctx.run_chunk(files, |file| ctx.activity("E2_CopyFileToBlob", file)).await)
}
