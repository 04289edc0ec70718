//! What clients do with entities: signal, now or later, call and wait, read, list, clean up.

use durable_core::{message::Message, model::InstanceKind};
use fnhost_protocol::{
    client::{CleanedEntities, ClientError, Due},
    ids::{EntityId, InstanceId},
    json::JsonText,
    status::{EntityQuery, EntityStatus, Page},
};
use tokio::sync::oneshot;

use crate::{
    client::{Client, Waiting, done, stopped, unavailable},
    machine::{Input, Recipient, Reply},
};

impl Client {
    /// Signals an entity; it is created when it does not exist.
    ///
    /// # Errors
    /// An unknown entity function, an input past the limit; or the engine is not available.
    pub async fn signal_entity(
        &self,
        entity: EntityId,
        operation: String,
        input: JsonText,
    ) -> Result<(), ClientError> {
        self.check_operation(&entity, &input)?;
        self.send_signal(entity.instance_id(), Recipient::Entity(entity), operation, input).await
    }

    /// Signals an entity so that the operation does not arrive before a time.
    ///
    /// # Errors
    /// As for [`signal_entity`](Self::signal_entity).
    pub async fn signal_entity_at(
        &self,
        due: Due,
        entity: EntityId,
        operation: String,
        input: JsonText,
    ) -> Result<(), ClientError> {
        self.check_operation(&entity, &input)?;
        self.send_signal(entity.instance_id(), Recipient::EntityLater(entity, due), operation, input).await
    }

    /// Calls an entity and waits for its answer, which is committed when it comes. Whoever gives up waiting drops the
    /// future; the operation runs in its turn all the same.
    ///
    /// # Errors
    /// An unknown entity function, an input past the limit, an operation that fails; or the engine is not available.
    pub async fn call_entity(
        &self,
        entity: EntityId,
        operation: String,
        input: JsonText,
    ) -> Result<JsonText, ClientError> {
        self.check_operation(&entity, &input)?;
        let (id, reply) = (entity.instance_id(), self.reply_id());
        let (tell, told) = oneshot::channel();
        let _waiting = Waiting { client: self, id: &id, reply };
        let call = Input::Call { entity: entity.clone(), operation: operation.clone(), input, reply };
        self.driver.call([(reply, tell)], call);
        match told.await.map_err(|_| stopped())? {
            Reply::Answered(Ok(answer)) => Ok(answer),
            Reply::Answered(Err(failure)) => {
                Err(ClientError::OperationFailed { entity, operation, failure: Box::new(failure) })
            }
            other => done(&id, other).and_then(|()| {
                Err(ClientError::Unavailable { message: format!("entity {entity} gave no answer") })
            }),
        }
    }

    /// The committed state of an entity, or `None` when it has none.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn read_entity(&self, entity: EntityId) -> Result<Option<EntityStatus>, ClientError> {
        self.store.entity(entity.instance_id()).await.map_err(unavailable)
    }

    /// Lists entities, ordered by id.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn query_entities(&self, query: EntityQuery) -> Result<Page<EntityStatus>, ClientError> {
        self.store.query_entities(query).await.map_err(unavailable)
    }

    /// Removes entities that have neither state, waiting messages nor a lock: at most so many, after where an earlier
    /// call has ended.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn clean_entities(
        &self,
        continuation: Option<String>,
        limit: u32,
    ) -> Result<CleanedEntities, ClientError> {
        let after = continuation.map(InstanceId::from_stored);
        let limit = limit.max(1);
        match self.call(|reply| Input::RemoveEmptyEntities { after, limit, reply }).await? {
            Reply::Removed(removed) => Ok(CleanedEntities {
                removed: removed.removed,
                continuation: removed.continuation.map(|id| id.to_string()),
            }),
            Reply::Failed(message) => Err(ClientError::Unavailable { message }),
            other => Err(ClientError::Unavailable { message: format!("the engine answered {other:?}") }),
        }
    }

    fn check_operation(&self, entity: &EntityId, input: &JsonText) -> Result<(), ClientError> {
        self.executor
            .resolve(InstanceKind::Entity, entity.name())
            .map_err(|message| ClientError::UnknownFunction { message })?;
        self.check_size("the operation's input", input)
    }

    async fn send_signal(
        &self,
        id: InstanceId,
        target: Recipient,
        operation: String,
        input: JsonText,
    ) -> Result<(), ClientError> {
        let message = Message::signal(operation, input);
        done(&id, self.call(|reply| Input::Send { target, message, reply }).await?)
    }
}
