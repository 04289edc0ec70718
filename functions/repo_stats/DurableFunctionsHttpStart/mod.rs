//! `POST` or `GET /api/orchestrators/{functionName}`: starts an orchestration without input.

use fnhost_sdk::{DurableClient, Logger, Path, Response, Result, Settings};

use super::mail;

pub async fn run(
    Path(function): Path<String>,
    starter: DurableClient,
    settings: Settings,
    log: Logger,
) -> Result<Response> {
    match starter.start(&function, ()).await {
        Ok(id) => {
            log.info(format_args!("Started orchestration with ID = '{id}'."));
            starter.check_status_response(&id)
        }
        Err(error) => {
            let text = format!("{function} cannot be started: {error}");
            if let Err(error) = mail::send(&settings, &text).await {
                log.error(format_args!("and nobody is told by mail: {error}"));
            }
            Err(error.into())
        }
    }
}
