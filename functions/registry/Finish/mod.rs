//! `GET /api/Finish/{id}`: closes a registry before its time.

use fnhost_sdk::{ClientError, DurableClient, Error, Path, Result};

use super::gifts;

pub async fn run(Path(id): Path<String>, client: DurableClient) -> Result<()> {
    if id.trim().is_empty() {
        return Err(Error::bad_request("Id is required after Finish/ on the route."));
    }
    gifts::check_open(&client, &id).await?;
    match client.raise_event(&id, "Close", true).await {
        Err(ClientError::Finished { .. }) => Err(gifts::not_active(&id)), // meanwhile
        raised => Ok(raised?),
    }
}
