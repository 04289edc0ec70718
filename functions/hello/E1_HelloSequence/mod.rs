//! Greets three cities, one after another.

use fnhost_sdk::{OrchestrationContext, Result};

pub async fn run(ctx: OrchestrationContext) -> Result<Vec<String>> {
    let mut greetings = Vec::new();
    for city in ["Tokyo", "Seattle", "London"] {
        greetings.push(ctx.activity("E1_SayHello", city).await?);
    }
    Ok(greetings)
}
