//! How the calls of this group are made: how many at once, and how often.

use fnhost_sdk::{OrchestrationContext, Result, RetryPolicy, ensure};

/// How many calls of one service run at once: the setting `ScraperCallsAtOnce`.
///
/// # Errors
/// When the setting is missing, or no number.
pub fn at_once(ctx: &OrchestrationContext) -> Result<usize> {
    ctx.setting("ScraperCallsAtOnce")?.parse()
}

/// How often a call is tried, and how long the first pause is: the settings `ScraperAttempts` and
/// `ScraperRetrySeconds`. Each pause is twice as long as the one before.
///
/// # Errors
/// When a setting is missing, or no number from 1 up.
pub fn retries(ctx: &OrchestrationContext) -> Result<RetryPolicy> {
    let attempts: u32 = ctx.setting("ScraperAttempts")?.parse()?;
    ensure!(attempts > 0, "the setting `ScraperAttempts` is 0; allowed: 1 (no second attempt) or more");
    let pause = ctx.setting("ScraperRetrySeconds")?.seconds()?;
    Ok(RetryPolicy::new(pause, attempts).backoff(2.0))
}
