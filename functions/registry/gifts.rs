//! What the functions of the gift registry share.

use fnhost_sdk::{DurableClient, EntityId, Error, InstanceStatus, Result, RuntimeStatus};

/// The entity that counts registries and items.
pub fn stats() -> Result<EntityId> {
    Ok(EntityId::new("RegistryStats", "")?)
}

/// The entity that holds the items of a registry.
pub fn list(id: &str) -> Result<EntityId> {
    Ok(EntityId::new("RegistryList", id)?)
}

/// The orchestration that keeps a registry open.
pub async fn find(client: &DurableClient, id: &str) -> Result<InstanceStatus> {
    let instance = client.status(id).await?;
    instance.ok_or_else(|| Error::bad_request(format!("Unable to find workflow with id {id}")))
}

/// Fails unless the registry takes gifts.
pub async fn check_open(client: &DurableClient, id: &str) -> Result<()> {
    match find(client, id).await?.status {
        RuntimeStatus::Running => Ok(()),
        _ => Err(not_active(id)),
    }
}

/// What guests of a closed registry are told.
pub fn not_active(id: &str) -> Error {
    Error::bad_request(format!("Instance {id} is not active."))
}
