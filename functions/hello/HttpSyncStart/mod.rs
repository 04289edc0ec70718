//! `POST /orchestrators/{functionName}/wait?timeout=…`: starts an orchestration and waits so many seconds for its
//! output. `retryInterval` is accepted for the sake of older callers: nothing polls here.

use std::time::Duration;

use fnhost_sdk::{DurableClient, Json, JsonText, Path, Query, Response, Result, Seconds};
use serde::Deserialize;

#[derive(Deserialize)]
pub struct Wait {
    timeout: Option<Seconds>,
}

pub async fn run(
    Path(function): Path<String>,
    Query(wait): Query<Wait>,
    input: Option<Json<JsonText>>,
    client: DurableClient,
) -> Result<Response> {
    let timeout = wait.timeout.map_or(Duration::from_secs(30), Duration::from);
    let Json(input) = input.unwrap_or_default();
    client.start_and_wait_or_check_status(&function, input, timeout).await
}
