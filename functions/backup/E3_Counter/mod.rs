//! A counter that never ends by itself: each `operation` begins it anew with another number, so its history stays short.
//! It is how counting was done before there were entities (see `functions/hello/Counter`).

use fnhost_sdk::{OrchestrationContext, Result};

pub async fn run(ctx: OrchestrationContext, count: Option<i64>) -> Result<i64> {
    let count = count.unwrap_or(0);
    match ctx.wait_for_event::<String>("operation").await?.to_lowercase().as_str() {
        "incr" => ctx.continue_as_new(count + 1),
        "decr" => ctx.continue_as_new(count - 1),
        "end" => Ok(count),
        other => {
            ctx.log().warn(format_args!("`{other}` is no operation; allowed: incr, decr, end"));
            ctx.continue_as_new(count)
        }
    }
}
