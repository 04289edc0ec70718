//! Starts a run four times a day. One that cannot be started is told by mail; the next time comes anyway.

use fnhost_sdk::{DurableClient, Logger, Result, Settings, TimerInfo};

use super::mail;

pub async fn run(timer: TimerInfo, starter: DurableClient, settings: Settings, log: Logger) -> Result<()> {
    if timer.is_past_due() {
        log.error("The timer is past due!");
    }
    match starter.start("GetRepoStatsOrchestrator", ()).await {
        Ok(id) => log.info(format_args!("Started orchestration with ID = '{id}'.")),
        Err(error) => {
            let text = format!("the run of {} cannot be started: {error}", timer.slot());
            log.error(&text);
            if let Err(error) = mail::send(&settings, &text).await {
                log.error(format_args!("and nobody is told by mail: {error}"));
            }
        }
    }
    Ok(())
}
