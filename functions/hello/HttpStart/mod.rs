//! `POST /orchestrators/{functionName}`: starts any orchestration; the JSON body is its input.

use fnhost_sdk::{DurableClient, Json, JsonText, Logger, Path, Response, Result};

pub async fn run(
    Path(function): Path<String>,
    input: Option<Json<JsonText>>,
    client: DurableClient,
    log: Logger,
) -> Result<Response> {
    let Json(input) = input.unwrap_or_default();
    let id = client.start(&function, input).await?;
    log.info(format_args!("Started orchestration with ID = '{id}'."));
    client.check_status_response(&id)
}
