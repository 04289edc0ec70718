//! The items of one registry.

use fnhost_sdk::{EntityContext, EntityReply, Result, entity};
use serde::{Deserialize, Serialize};

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RegistryList {
    pub id: Option<String>,
    pub items: Vec<String>,
}

#[entity]
impl RegistryList {
    fn new(&mut self, id: String) {
        self.id = Some(id);
    }

    fn add_item(&mut self, item: String) {
        self.items.push(item);
    }
}

pub async fn run(ctx: EntityContext) -> Result<EntityReply> {
    ctx.dispatch::<RegistryList>().await
}
