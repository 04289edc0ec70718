//! `GET /api/Stats`: counts registries and items, over all registries.

use fnhost_sdk::{DurableClient, Json, Result};
use serde::Serialize;

use super::{gifts, registry_stats::RegistryStats};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    registry_count: u64,
    items_count: u64,
}

pub async fn run(client: DurableClient) -> Result<Json<Answer>> {
    let stats: Option<RegistryStats> = client.read_entity(&gifts::stats()?).await?;
    let RegistryStats { registry_count, items_count } = stats.unwrap_or_default();
    Ok(Json(Answer { registry_count, items_count }))
}
