//! Starts the orchestration of this name, without input: `fnhost invoke ManualStart --data '"E1_HelloSequence"'`.

use fnhost_sdk::{DurableClient, InstanceId, Logger, Result};

pub async fn run(function: String, starter: DurableClient, log: Logger) -> Result<InstanceId> {
    let id = starter.start(&function, ()).await?;
    log.info(format_args!("Started orchestration with ID = '{id}'."));
    Ok(id)
}
