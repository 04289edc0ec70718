//! `GET /api/SyncOverAsyncApi_WeatherRequest`: asks for the weather, and waits until somebody has written the answer.
//! Nothing polls: the very event that brings the answer wakes the request.

use fnhost_sdk::{
    ClientError, DurableClient, InstanceId, Logger, Response, Result, Settings, StatusCode, Uuid,
};

pub async fn run(starter: DurableClient, settings: Settings, log: Logger) -> Result<Response> {
    let patience = settings.get("WeatherWaitSeconds")?.seconds()?;
    let id = start(&starter).await?;
    log.info(format_args!("Started orchestration for {id}"));

    let answer = starter.wait_or_check_status(&id, patience).await?;
    if answer.status() == StatusCode::OK {
        return Ok(answer);
    }
    match starter.terminate(&id, "Timeout Occured").await {
        Ok(()) => Ok(Response::new(StatusCode::INTERNAL_SERVER_ERROR)),
        // The answer came at the last moment.
        Err(ClientError::Finished { .. }) => starter.wait_or_check_status(&id, patience).await,
        Err(error) => Err(error.into()),
    }
}

/// Starts under a number that no other request has.
async fn start(starter: &DurableClient) -> Result<InstanceId> {
    loop {
        let number = (Uuid::new_v4().as_u128() & 0x7fff_ffff).to_string();
        match starter.start_with_id("Sync-Over-Async-Api-DurableFunction", &number, ()).await {
            Err(ClientError::AlreadyExists { .. }) => {}
            started => return Ok(started?),
        }
    }
}
