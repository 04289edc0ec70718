//! `GET /api/Open`: opens a registry and answers its id.

use std::time::SystemTime;

use fnhost_sdk::{DurableClient, Result, Timestamp};

pub async fn run(client: DurableClient) -> Result<String> {
    let now = Timestamp::from(SystemTime::now());
    let id = client.start("RegistryOrchestration", format!("List opened at {now}")).await?;
    Ok(id.to_string())
}
