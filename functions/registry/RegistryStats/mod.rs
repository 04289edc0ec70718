//! How many registries and items there are.

use fnhost_sdk::{EntityContext, EntityReply, Result, entity};
use serde::{Deserialize, Serialize};

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RegistryStats {
    pub registry_count: u64,
    pub items_count: u64,
}

#[entity]
impl RegistryStats {
    fn new_registry(&mut self) {
        self.registry_count += 1;
    }

    fn new_item(&mut self) {
        self.items_count += 1;
    }
}

pub async fn run(ctx: EntityContext) -> Result<EntityReply> {
    ctx.dispatch::<RegistryStats>().await
}
