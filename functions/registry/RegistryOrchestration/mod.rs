//! Keeps a registry open until it is finished or its time is over. Returns whether it was finished.

use fnhost_sdk::{First, OrchestrationContext, Result};

pub async fn run(ctx: OrchestrationContext, _input: String) -> Result<bool> {
    ctx.activity::<()>("NewList", ctx.instance_id()).await?;
    let close = ctx.wait_for_event::<bool>("Close");
    let window = ctx.timer(ctx.setting("RegistryOpenSeconds")?);
    match ctx.first(close, window).await? {
        First::Left(true) => Ok(true),
        _ => Ok(false),
    }
}

#[cfg(test)]
mod tests;
