//! `GET /api/Add/{id}?item=…`: adds an item to an open registry.

use fnhost_sdk::{DurableClient, Error, Path, Query, Result};
use serde::Deserialize;

use super::gifts;

#[derive(Deserialize)]
pub struct Wish {
    item: Option<String>,
}

pub async fn run(Path(id): Path<String>, Query(wish): Query<Wish>, client: DurableClient) -> Result<()> {
    if id.trim().is_empty() {
        return Err(Error::bad_request("Id is required after Add/ on the route."));
    }
    let Some(item) = wish.item else {
        return Err(Error::bad_request("Item is required as a querystring parameter"));
    };
    gifts::check_open(&client, &id).await?;
    client.signal_entity(&gifts::list(&id)?, "AddItem", item).await?;
    client.signal_entity(&gifts::stats()?, "NewItem", ()).await?;
    Ok(())
}
