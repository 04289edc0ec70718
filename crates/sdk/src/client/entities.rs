//! What a client may do with entities.

use fnhost_protocol::{
    client::{CleanedEntities, ClientError, Due},
    failure::Failure,
    ids::EntityId,
    status::{EntityQuery, EntityStatus, Page},
};
use serde::{Serialize, de::DeserializeOwned};

use super::durable_client::{DurableClient, json};
use crate::error::{Error, Result, wrong_type};

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

    /// Sends an operation to an entity that does not arrive before a time: a `Duration` from now, or a
    /// [`Timestamp`](crate::Timestamp).
    ///
    /// # Errors
    /// When there is no such entity function.
    ///
    /// ```
    /// # use fnhost_sdk::{DurableClient, EntityId, Result};
    /// # use std::time::Duration;
    /// # async fn show(client: DurableClient) -> Result<()> {
    /// let cart = EntityId::new("Cart", "17")?;
    /// client.signal_entity_at(Duration::from_secs(3600), &cart, "Expire", ()).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn signal_entity_at(
        &self,
        due: impl Into<Due>,
        entity: &EntityId,
        operation: &str,
        input: impl Serialize,
    ) -> Result<(), ClientError> {
        let input = json("input", &input)?;
        self.api.signal_entity_at(due.into(), entity.clone(), operation.to_owned(), input).await
    }

    /// Calls an operation of an entity and waits for its answer: it runs after everything that reached the entity
    /// before, and what it did is committed when the answer comes. With an operation that only looks, this reads the
    /// state as it is, where [`read_entity`](Self::read_entity) reads it as it was last written.
    ///
    /// It waits as long as it takes, also while an orchestration has the entity locked. Whoever gives up drops the
    /// future; the operation still runs.
    ///
    /// # Errors
    /// When there is no such entity function, when the operation fails (with the kind of its error), or when the answer
    /// has another shape.
    ///
    /// ```
    /// # use fnhost_sdk::{DurableClient, EntityId, Result};
    /// # async fn show(client: DurableClient) -> Result<()> {
    /// let visits = EntityId::new("Counter", "visits")?;
    /// client.signal_entity(&visits, "Add", 1).await?;
    /// let count: i64 = client.call_entity(&visits, "Get", ()).await?; // counts that one too
    /// # Ok(())
    /// # }
    /// ```
    pub async fn call_entity<R: DeserializeOwned>(
        &self,
        entity: &EntityId,
        operation: &str,
        input: impl Serialize,
    ) -> Result<R> {
        let input = json("input", &input)?;
        let answer = self.api.call_entity(entity.clone(), operation.to_owned(), input).await;
        let answer = answer.map_err(|error| match error {
            ClientError::OperationFailed { entity, operation, failure } => {
                let mut told = Failure::new(
                    failure.kind.clone(),
                    format!("operation `{operation}` of entity {entity} failed: {}", failure.message),
                );
                told.non_retriable = failure.non_retriable;
                Error::from_failure(told.caused_by(*failure))
            }
            other => Error::from(other),
        })?;
        answer.read().map_err(|reason| {
            wrong_type::<R>(&format!("the answer of `{operation}` of entity {entity}"), &answer, &reason)
        })
    }

    /// Removes entities that have neither state, waiting messages nor a lock: what deleted ones leave behind. At most so
    /// many at once; give the `continuation` back to go on.
    ///
    /// # Errors
    /// When the engine cannot answer.
    ///
    /// ```
    /// # use fnhost_sdk::{DurableClient, Result};
    /// # async fn show(client: DurableClient) -> Result<()> {
    /// let mut cleaned = client.clean_entities(None, 500).await?;
    /// while cleaned.continuation.is_some() {
    ///     cleaned = client.clean_entities(cleaned.continuation, 500).await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn clean_entities(
        &self,
        continuation: Option<String>,
        limit: u32,
    ) -> Result<CleanedEntities, ClientError> {
        self.api.clean_entities(continuation, limit).await
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
