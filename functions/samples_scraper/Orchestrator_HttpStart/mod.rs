//! `GET` or `POST /api/Orchestrator_HttpStart`: counts the open issues of the organisation `Nuget`.

use fnhost_sdk::{DurableClient, Logger, Response, Result};

pub async fn run(starter: DurableClient, log: Logger) -> Result<Response> {
    let id = starter.start("Orchestrator", "Nuget").await?;
    log.info(format_args!("Started orchestration with ID = '{id}'."));
    starter.check_status_response(&id)
}
