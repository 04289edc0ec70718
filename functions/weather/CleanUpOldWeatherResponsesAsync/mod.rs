//! Removes requests that were answered, or given up, between a day and fifteen days ago. (It removes what else ended like
//! that, too; `[extensions.durableTask.retention]` does the same without a function.)

use std::time::Duration;

use fnhost_sdk::{DurableClient, Logger, PurgeFilter, Result, RuntimeStatus, TimerInfo};

const DAY: Duration = Duration::from_secs(86_400);

pub async fn run(timer: TimerInfo, client: DurableClient, log: Logger) -> Result<()> {
    let removed = client
        .purge_all(PurgeFilter {
            statuses: vec![RuntimeStatus::Completed, RuntimeStatus::Terminated],
            created_from: Some(timer.slot().saturating_sub(15 * DAY)),
            created_to: Some(timer.slot().saturating_sub(DAY)),
            ..PurgeFilter::default()
        })
        .await?;
    log.info(format_args!("Removed {} old requests", removed.instances));
    Ok(())
}
