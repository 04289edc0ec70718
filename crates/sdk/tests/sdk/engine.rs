//! A durable engine that answers as it is told, and remembers what it was asked.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use fnhost_protocol::{
    client::{
        CleanedEntities, ClientError, Due, DurableApi, ManagementLinks, PurgeFilter, Purged, Reach,
        StartRequest, StatusDetail,
    },
    failure::Failure,
    ids::{EntityId, InstanceId},
    json::JsonText,
    status::{EntityQuery, EntityStatus, InstanceQuery, InstanceStatus, Page, RuntimeStatus},
    time::Timestamp,
};
use fnhost_sdk::host::Services;
use futures_core::future::BoxFuture;

use crate::scene::services;

#[derive(Default)]
pub(crate) struct Engine {
    /// What every instance is like; none exists when absent.
    pub(crate) instance: Option<InstanceStatus>,
    pub(crate) entity: Option<JsonText>,
    pub(crate) asked: Mutex<Vec<String>>,
}

impl Engine {
    pub(crate) fn with(status: RuntimeStatus) -> Arc<Self> {
        Arc::new(Self { instance: Some(instance(status)), ..Self::default() })
    }

    pub(crate) fn services(self: &Arc<Self>) -> Services {
        services().with_durable(self.clone())
    }

    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    fn answer<T: Send + 'static>(
        &self,
        asked: String,
        id: &InstanceId,
        answer: impl FnOnce(&InstanceStatus) -> Result<T, ClientError>,
    ) -> BoxFuture<'static, Result<T, ClientError>> {
        self.asked.lock().unwrap().push(asked);
        let answer = match &self.instance {
            Some(instance) => answer(instance),
            None => Err(ClientError::NotFound { id: id.clone() }),
        };
        Box::pin(async { answer })
    }
}

pub(crate) fn instance(status: RuntimeStatus) -> InstanceStatus {
    InstanceStatus {
        instance: InstanceId::from_stored("abc"),
        name: "F".to_owned(),
        status,
        input: None,
        output: match status {
            RuntimeStatus::Completed => Some(JsonText::string("out")),
            RuntimeStatus::Terminated => Some(JsonText::string("enough")),
            _ => None,
        },
        failure: (status == RuntimeStatus::Failed).then(|| Failure::new("Error", "no paper")),
        custom_status: None,
        created_at: Timestamp::EPOCH,
        updated_at: Timestamp::EPOCH,
        history: None,
    }
}

type Answer<T> = BoxFuture<'static, Result<T, ClientError>>;

impl DurableApi for Engine {
    fn start(&self, request: StartRequest) -> Answer<InstanceId> {
        let StartRequest { function, instance, input } = request;
        self.asked.lock().unwrap().push(format!("start {function}({input}) as {instance:?}"));
        let answer = match function.as_str() {
            "Unknown" => Err(ClientError::UnknownFunction {
                message: "The function 'Unknown' doesn't exist".to_owned(),
            }),
            _ => Ok(instance.unwrap_or_else(|| InstanceId::from_stored("abc"))),
        };
        Box::pin(async { answer })
    }

    fn status(&self, id: InstanceId, show: StatusDetail) -> Answer<Option<InstanceStatus>> {
        self.asked.lock().unwrap().push(format!("status {id} {}", show.input));
        let status = self.instance.clone().map(|mut status| {
            status.input = show.input.then(|| JsonText::string("in"));
            status
        });
        Box::pin(async { Ok(status) })
    }

    fn start_and_wait(
        &self,
        request: StartRequest,
        timeout: Duration,
    ) -> Answer<(InstanceId, Option<InstanceStatus>)> {
        let started = self.start(request);
        let finished = self.instance.clone().filter(|instance| instance.status.is_terminal());
        self.asked.lock().unwrap().push(format!("and wait {timeout:?}"));
        Box::pin(async { Ok((started.await?, finished)) })
    }

    fn wait(&self, id: InstanceId, timeout: Duration) -> Answer<InstanceStatus> {
        self.answer(format!("wait {id} {timeout:?}"), &id, |instance| Ok(instance.clone()))
    }

    fn raise_event(&self, id: InstanceId, name: String, input: JsonText) -> Answer<()> {
        self.answer(format!("raise {name}({input}) for {id}"), &id, |instance| match instance.status {
            status if status.is_terminal() => Err(ClientError::Finished { id: id.clone(), status }),
            _ => Ok(()),
        })
    }

    fn terminate(&self, id: InstanceId, reason: String, reach: Reach) -> Answer<()> {
        self.answer(format!("terminate {id} {reach:?}: {reason}"), &id, |_| Ok(()))
    }

    fn suspend(&self, id: InstanceId, reason: String) -> Answer<()> {
        self.answer(format!("suspend {id}: {reason}"), &id, |_| Ok(()))
    }

    fn resume(&self, id: InstanceId, reason: String) -> Answer<()> {
        self.answer(format!("resume {id}: {reason}"), &id, |_| Ok(()))
    }

    fn purge(&self, id: InstanceId, reach: Reach) -> Answer<Purged> {
        let instances = if reach == Reach::Tree { 3 } else { 1 };
        self.answer(format!("purge {id} {reach:?}"), &id, |_| Ok(Purged { instances, is_complete: true }))
    }

    fn purge_all(&self, filter: PurgeFilter) -> Answer<Purged> {
        self.asked.lock().unwrap().push(format!("purge all {:?} {:?}", filter.statuses, filter.at_most));
        Box::pin(async { Ok(Purged { instances: 7, is_complete: false }) })
    }

    fn query(&self, query: InstanceQuery) -> Answer<Page<InstanceStatus>> {
        self.asked.lock().unwrap().push(format!("query {:?}", query.statuses));
        let items = self.instance.iter().cloned().collect();
        Box::pin(async { Ok(Page { items, continuation: None }) })
    }

    fn signal_entity(&self, entity: EntityId, operation: String, input: JsonText) -> Answer<()> {
        self.asked.lock().unwrap().push(format!("signal {entity}.{operation}({input})"));
        Box::pin(async { Ok(()) })
    }

    fn signal_entity_at(&self, due: Due, entity: EntityId, operation: String, input: JsonText) -> Answer<()> {
        self.asked.lock().unwrap().push(format!("signal {entity}.{operation}({input}) {due:?}"));
        Box::pin(async { Ok(()) })
    }

    fn call_entity(&self, entity: EntityId, operation: String, input: JsonText) -> Answer<JsonText> {
        self.asked.lock().unwrap().push(format!("call {entity}.{operation}({input})"));
        let answer = self.entity.clone().ok_or_else(|| ClientError::OperationFailed {
            entity,
            operation,
            failure: Box::new(Failure::new("Empty", "there is nothing").not_retriable()),
        });
        Box::pin(async { answer })
    }

    fn clean_entities(&self, continuation: Option<String>, limit: u32) -> Answer<CleanedEntities> {
        self.asked.lock().unwrap().push(format!("clean {limit} after {continuation:?}"));
        Box::pin(async { Ok(CleanedEntities { removed: 3, continuation: Some("@c@3".to_owned()) }) })
    }

    fn read_entity(&self, entity: EntityId) -> Answer<Option<EntityStatus>> {
        let state = self.entity.clone();
        Box::pin(async { Ok(Some(EntityStatus { entity, state, last_operation_at: Timestamp::EPOCH })) })
    }

    fn query_entities(&self, _query: EntityQuery) -> Answer<Page<EntityStatus>> {
        Box::pin(async { Ok(Page { items: Vec::new(), continuation: None }) })
    }

    fn links(&self, id: &InstanceId, origin: &str) -> ManagementLinks {
        let link = |verb: &str| format!("{origin}/instances/{id}{verb}");
        let links = HashMap::from([("status", link("")), ("other", link("/other"))]);
        ManagementLinks {
            id: id.to_string(),
            status_query_get_uri: links["status"].clone(),
            send_event_post_uri: links["other"].clone(),
            terminate_post_uri: links["other"].clone(),
            purge_history_delete_uri: links["other"].clone(),
            restart_post_uri: links["other"].clone(),
            suspend_post_uri: links["other"].clone(),
            resume_post_uri: links["other"].clone(),
        }
    }
}
