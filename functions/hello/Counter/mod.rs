//! A number that can be added to, reset, and read.

use fnhost_sdk::{EntityContext, EntityReply, Result, entity};
use serde::{Deserialize, Serialize};

#[derive(Default, Serialize, Deserialize)]
pub struct Counter {
    value: i64,
}

#[entity]
impl Counter {
    fn add(&mut self, amount: i64) {
        self.value += amount;
    }

    fn reset(&mut self) {
        self.value = 0;
    }

    fn get(&self) -> i64 {
        self.value
    }
}

pub async fn run(ctx: EntityContext) -> Result<EntityReply> {
    ctx.dispatch::<Counter>().await
}
