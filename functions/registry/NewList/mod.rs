//! Counts a new registry, and makes its list.

use fnhost_sdk::{DurableClient, Result};

use super::gifts;

pub async fn run(id: String, client: DurableClient) -> Result<()> {
    client.signal_entity(&gifts::stats()?, "NewRegistry", ()).await?;
    client.signal_entity(&gifts::list(&id)?, "New", id).await?;
    Ok(())
}
