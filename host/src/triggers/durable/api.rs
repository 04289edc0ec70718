//! The durable engine as user code and the management API see it: the engine's client, plus the links that only a
//! host with an HTTP address can make.

use std::{sync::Arc, time::Duration};

use durable_engine::Client;
use fnhost_protocol::{
    client::{
        CleanedEntities, ClientError, Due, DurableApi, ManagementLinks, PurgeFilter, Purged, Reach,
        StartRequest, StatusDetail,
    },
    ids::{EntityId, InstanceId},
    json::JsonText,
    status::{EntityQuery, EntityStatus, InstanceQuery, InstanceStatus, Page},
};
use futures_util::future::BoxFuture;

/// Makes the management links of an instance for a client that reached the host at an origin.
pub type MakeLinks = Arc<dyn Fn(&InstanceId, &str) -> ManagementLinks + Send + Sync>;

/// The engine's client with links.
#[derive(Clone)]
pub struct HostDurable {
    client: Client,
    links: MakeLinks,
}

impl std::fmt::Debug for HostDurable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HostDurable").finish_non_exhaustive()
    }
}

impl HostDurable {
    /// Joins the two.
    pub fn new(client: Client, links: MakeLinks) -> Self {
        Self { client, links }
    }
}

type Answer<T> = BoxFuture<'static, Result<T, ClientError>>;

/// Forwards each call to the client of the same name.
macro_rules! forward {
    ($($name:ident($($argument:ident: $type:ty),*) -> $answer:ty;)*) => {
        $(fn $name(&self, $($argument: $type),*) -> Answer<$answer> {
            let client = self.client.clone();
            Box::pin(async move { client.$name($($argument),*).await })
        })*
    };
}

impl DurableApi for HostDurable {
    forward! {
        start(request: StartRequest) -> InstanceId;
        status(id: InstanceId, show: StatusDetail) -> Option<InstanceStatus>;
        start_and_wait(request: StartRequest, timeout: Duration) -> (InstanceId, Option<InstanceStatus>);
        wait(id: InstanceId, timeout: Duration) -> InstanceStatus;
        raise_event(id: InstanceId, name: String, input: JsonText) -> ();
        terminate(id: InstanceId, reason: String, reach: Reach) -> ();
        suspend(id: InstanceId, reason: String) -> ();
        resume(id: InstanceId, reason: String) -> ();
        purge(id: InstanceId, reach: Reach) -> Purged;
        purge_all(filter: PurgeFilter) -> Purged;
        query(query: InstanceQuery) -> Page<InstanceStatus>;
        signal_entity(entity: EntityId, operation: String, input: JsonText) -> ();
        signal_entity_at(due: Due, entity: EntityId, operation: String, input: JsonText) -> ();
        call_entity(entity: EntityId, operation: String, input: JsonText) -> JsonText;
        clean_entities(continuation: Option<String>, limit: u32) -> CleanedEntities;
        read_entity(entity: EntityId) -> Option<EntityStatus>;
        query_entities(query: EntityQuery) -> Page<EntityStatus>;
    }

    fn links(&self, id: &InstanceId, origin: &str) -> ManagementLinks {
        (self.links)(id, origin)
    }
}
