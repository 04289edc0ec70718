//! Starts a run every morning.

use fnhost_sdk::{DurableClient, Logger, Result};

pub async fn run(starter: DurableClient, log: Logger) -> Result<()> {
    let id = starter.start("MainDownloadOrchestrator", ()).await?;
    log.info(format_args!("Started orchestration with ID = '{id}'."));
    Ok(())
}
