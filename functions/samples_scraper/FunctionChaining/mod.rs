//! Four steps, each begun when the one before it is over.

use fnhost_sdk::{OrchestrationContext, Result};

pub async fn run(ctx: OrchestrationContext) -> Result<()> {
    for step in ["F1", "F2", "F3", "F4"] {
        ctx.activity::<()>(step, ()).await?;
    }
    Ok(())
}
