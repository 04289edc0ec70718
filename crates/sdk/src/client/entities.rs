//! What a client may do with entities.

use fnhost_protocol::{
    client::ClientError,
    ids::EntityId,
    status::{EntityQuery, EntityStatus, Page},
};
use serde::{Serialize, de::DeserializeOwned};

use super::durable_client::{DurableClient, json};
use crate::error::{Result, wrong_type};

impl DurableClient {
    /// Sends an operation to an entity, which is created when it does not exist, without waiting for it to run.
    ///
    /// # Errors
    /// When there is no such entity function.
    ///
    /// ```
    /// # use fnhost_sdk::{DurableClient, EntityId, Result};
    /// # async fn show(client: DurableClient) -> Result<()> {
    /// client.signal_entity(&EntityId::new("Counter", "visits")?, "Add", 1).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn signal_entity(
        &self,
        entity: &EntityId,
        operation: &str,
        input: impl Serialize,
    ) -> Result<(), ClientError> {
        let input = json("input", &input)?;
        self.api.signal_entity(entity.clone(), operation.to_owned(), input).await
    }

    /// The committed state of an entity, or `None` when it has none. Signals that wait are not in it yet.
    ///
    /// # Errors
    /// When the state has another shape.
    ///
    /// ```
    /// # use fnhost_sdk::{DurableClient, EntityId, Result};
    /// #[derive(serde::Deserialize)]
    /// struct Counter {
    ///     value: i64,
    /// }
    /// # async fn show(client: DurableClient) -> Result<()> {
    /// let visits = client.read_entity::<Counter>(&EntityId::new("Counter", "visits")?).await?;
    /// let count = visits.map_or(0, |counter| counter.value);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn read_entity<T: DeserializeOwned>(&self, entity: &EntityId) -> Result<Option<T>> {
        let status = self.api.read_entity(entity.clone()).await?;
        let Some(state) = status.and_then(|status| status.state) else { return Ok(None) };
        let value = state.read();
        value
            .map(Some)
            .map_err(|reason| wrong_type::<T>(&format!("the state of entity {entity}"), &state, &reason))
    }

    /// One page of the entities that fit; give its `continuation` back to get the next.
    ///
    /// # Errors
    /// When the engine cannot answer.
    ///
    /// ```
    /// # use fnhost_sdk::{DurableClient, EntityQuery, Result};
    /// # async fn show(client: DurableClient) -> Result<()> {
    /// let query = EntityQuery { name: Some("counter".to_owned()), ..EntityQuery::default() };
    /// let counters = client.query_entities(query).await?.items.len();
    /// # Ok(())
    /// # }
    /// ```
    pub async fn query_entities(&self, query: EntityQuery) -> Result<Page<EntityStatus>, ClientError> {
        self.api.query_entities(query).await
    }
}
