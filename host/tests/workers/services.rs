//! What functions may use: settings that can change, and a durable engine that comes after the worker.

use std::{sync::Arc, time::Duration};

use fnhost::workers::LinkedWorker;
use fnhost_protocol::{
    client::{
        CleanedEntities, ClientError, Due, DurableApi, ManagementLinks, PurgeFilter, Purged, Reach,
        StartRequest, StatusDetail,
    },
    ids::{EntityId, InstanceId},
    json::JsonText,
    status::{EntityQuery, EntityStatus, InstanceQuery, InstanceStatus, Page},
    worker::Worker,
};
use fnhost_sdk::{DurableClient, Registry, Settings, host::Services};
use futures_util::future::{BoxFuture, FutureExt, ready};

use crate::support::{call, done, soon, value, worker};

/// Starts whatever it is asked to start, under the function's name; knows nothing else.
struct Engine;

type Answer<T> = BoxFuture<'static, Result<T, ClientError>>;

fn not_here<T: Send + 'static>() -> Answer<T> {
    ready(Err(ClientError::Unavailable { message: "not here".to_owned() })).boxed()
}

impl DurableApi for Engine {
    fn start(&self, request: StartRequest) -> Answer<InstanceId> {
        ready(Ok(InstanceId::from_stored(request.function))).boxed()
    }

    fn status(&self, _: InstanceId, _: StatusDetail) -> Answer<Option<InstanceStatus>> {
        not_here()
    }

    fn start_and_wait(&self, _: StartRequest, _: Duration) -> Answer<(InstanceId, Option<InstanceStatus>)> {
        not_here()
    }

    fn wait(&self, _: InstanceId, _: Duration) -> Answer<InstanceStatus> {
        not_here()
    }

    fn raise_event(&self, _: InstanceId, _: String, _: JsonText) -> Answer<()> {
        not_here()
    }

    fn terminate(&self, _: InstanceId, _: String, _: Reach) -> Answer<()> {
        not_here()
    }

    fn suspend(&self, _: InstanceId, _: String) -> Answer<()> {
        not_here()
    }

    fn resume(&self, _: InstanceId, _: String) -> Answer<()> {
        not_here()
    }

    fn purge(&self, _: InstanceId, _: Reach) -> Answer<Purged> {
        not_here()
    }

    fn purge_all(&self, _: PurgeFilter) -> Answer<Purged> {
        not_here()
    }

    fn query(&self, _: InstanceQuery) -> Answer<Page<InstanceStatus>> {
        not_here()
    }

    fn signal_entity(&self, _: EntityId, _: String, _: JsonText) -> Answer<()> {
        not_here()
    }

    fn signal_entity_at(&self, _: Due, _: EntityId, _: String, _: JsonText) -> Answer<()> {
        not_here()
    }

    fn call_entity(&self, _: EntityId, _: String, _: JsonText) -> Answer<JsonText> {
        not_here()
    }

    fn clean_entities(&self, _: Option<String>, _: u32) -> Answer<CleanedEntities> {
        not_here()
    }

    fn read_entity(&self, _: EntityId) -> Answer<Option<EntityStatus>> {
        not_here()
    }

    fn query_entities(&self, _: EntityQuery) -> Answer<Page<EntityStatus>> {
        not_here()
    }

    fn links(&self, id: &InstanceId, origin: &str) -> ManagementLinks {
        let link = format!("{origin}/{id}");
        ManagementLinks {
            id: id.to_string(),
            status_query_get_uri: link.clone(),
            send_event_post_uri: link.clone(),
            terminate_post_uri: link.clone(),
            purge_history_delete_uri: link.clone(),
            restart_post_uri: link.clone(),
            suspend_post_uri: link.clone(),
            resume_post_uri: link,
        }
    }
}

fn registry() -> Registry {
    Registry::new()
        .activity("Starts", "Starts/mod.rs", |client: DurableClient| async move {
            done(client.start("Greet", ()).await?.to_string())
        })
        .activity("Colour", "Colour/mod.rs", |settings: Settings| async move {
            done(settings.find("Colour").map(|colour| colour.to_string()))
        })
}

async fn starts(worker: &LinkedWorker) -> String {
    value(soon(worker.invoke(call("Starts"))).await.unwrap())
}

#[tokio::test]
async fn the_durable_engine_comes_after_the_worker() {
    let worker = worker(1, registry());
    let failure = soon(worker.invoke(call("Starts"))).await.unwrap_err();
    assert!(failure.message.contains("without a durable engine"), "{failure}");
    worker.bind_durable(Arc::new(Engine));
    assert_eq!(starts(&worker).await, r#""Greet""#);
    assert_eq!(value(soon(worker.invoke(call("Colour"))).await.unwrap()), "null");
}

#[tokio::test]
async fn new_settings_serve_the_calls_that_begin_afterwards() {
    let worker = worker(1, registry());
    let services = Services::new(Settings::from_iter([("Colour", "red")]));
    worker.replace_services(services.with_durable(Arc::new(Engine)));
    assert_eq!(value(soon(worker.invoke(call("Colour"))).await.unwrap()), r#""red""#);
    assert_eq!(starts(&worker).await, r#""Greet""#);
}
