//! A blob `weather-results/{request}.txt` is the answer to a request: its text goes to the one who waits.

use fnhost_sdk::{ClientError, Context, DurableClient, Logger, Result, TriggerBlob};

use super::events::ANSWER;

pub async fn run(blob: TriggerBlob, client: DurableClient, log: Logger) -> Result<()> {
    let name = blob.name().to_owned();
    let (request, _) = name.split_once('.').with_context(|| {
        format!("`{name}` does not say which request it answers; allowed: the number of a request, a dot, anything")
    })?;
    match client.raise_event(request, ANSWER, blob.text().await?).await {
        Ok(()) => log.info(format_args!("Received reply for Request:{name}")),
        // Nobody waits any more: another attempt would come even later.
        Err(ClientError::Finished { status, .. }) => {
            log.warn(format_args!("Reply {name} comes too late: its request is {status}"));
        }
        Err(ClientError::NotFound { .. }) => log.info(format_args!("Nobody has asked for reply {name}")),
        Err(error) => return Err(error.into()),
    }
    Ok(())
}
