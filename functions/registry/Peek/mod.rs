//! `GET /api/Peek/{id}`: shows whether a registry is open, and what is in it.

use fnhost_sdk::{DurableClient, Error, Json, Path, Result, RuntimeStatus};
use serde::Serialize;

use super::{gifts, registry_list::RegistryList};

#[derive(Serialize)]
pub struct Answer {
    status: &'static str,
    registry: Option<Registry>,
}

#[derive(Serialize)]
struct Registry {
    id: Option<String>,
    items: Vec<String>,
}

pub async fn run(Path(id): Path<String>, client: DurableClient) -> Result<Json<Answer>> {
    if id.trim().is_empty() {
        // The published app says `Finish` here, and its callers may compare.
        return Err(Error::bad_request("Id is required after Finish/ on the route."));
    }
    let instance = gifts::find(&client, &id).await?;
    let status = if instance.status == RuntimeStatus::Running { "Open" } else { "Closed" };
    let list: Option<RegistryList> = client.read_entity(&gifts::list(&id)?).await?;
    let registry = list.map(|RegistryList { id, items }| Registry { id, items });
    Ok(Json(Answer { status, registry }))
}
