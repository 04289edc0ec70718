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

/// As [`find`], when the registry takes gifts.
pub async fn find_open(client: &DurableClient, id: &str) -> Result<InstanceStatus> {
    let instance = find(client, id).await?;
    if instance.status != RuntimeStatus::Running {
        return Err(Error::bad_request(format!("Instance {id} is not active.")));
    }
    Ok(instance)
}
