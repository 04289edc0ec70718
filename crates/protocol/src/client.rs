//! What user code and the management API may ask of the durable engine.

use std::time::Duration;

use futures_core::future::BoxFuture;
use serde::{Deserialize, Serialize};

use crate::{
    failure::Failure,
    ids::{EntityId, InstanceId, InvalidId},
    json::JsonText,
    status::{EntityQuery, EntityStatus, InstanceQuery, InstanceStatus, Page, RuntimeStatus},
    time::Timestamp,
};

/// Why a client call is refused or failed. Everything but [`Unavailable`](Self::Unavailable) is the caller's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClientError {
    /// No such instance.
    #[error("no instance with id `{id}` was found")]
    NotFound {
        /// The id asked for.
        id: InstanceId,
    },
    /// The instance is finished, so that the call has no meaning.
    #[error("instance `{id}` is in the {status} state")]
    Finished {
        /// The instance.
        id: InstanceId,
        /// Its final status.
        status: RuntimeStatus,
    },
    /// The instance is still alive, so that the call is refused.
    #[error("instance `{id}` is in the {status} state and not finished")]
    NotFinished {
        /// The instance.
        id: InstanceId,
        /// Its status.
        status: RuntimeStatus,
    },
    /// The id to start with is taken.
    #[error("an orchestration instance with id `{id}` already exists and is in the {status} state")]
    AlreadyExists {
        /// The id asked for.
        id: InstanceId,
        /// Status of the one that has it.
        status: RuntimeStatus,
    },
    /// No such orchestrator or entity function.
    #[error("{message}")]
    UnknownFunction {
        /// The whole text, with the names that are known.
        message: String,
    },
    /// The id breaks a rule.
    #[error(transparent)]
    InvalidId(#[from] InvalidId),
    /// An argument breaks a rule or a limit.
    #[error("{message}")]
    InvalidArgument {
        /// What was found and what is allowed.
        message: String,
    },
    /// The operation of a called entity failed.
    #[error("operation `{operation}` of entity {entity} failed: {failure}")]
    OperationFailed {
        /// The entity.
        entity: EntityId,
        /// The operation.
        operation: String,
        /// Why.
        failure: Box<Failure>,
    },
    /// The store or the engine cannot answer now; the call may be repeated.
    #[error("the durable engine is not available: {message}")]
    Unavailable {
        /// Why.
        message: String,
    },
}

/// When something is to happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Due {
    /// At this time, or at once when it has passed.
    At(Timestamp),
    /// So long from now, by the engine's clock.
    In(Duration),
}

impl From<Timestamp> for Due {
    fn from(time: Timestamp) -> Self {
        Self::At(time)
    }
}

impl From<Duration> for Due {
    fn from(pause: Duration) -> Self {
        Self::In(pause)
    }
}

/// What a clean-up of entities has done.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CleanedEntities {
    /// How many were removed.
    pub removed: u32,
    /// To be given back for the rest; `None` when there are no more.
    pub continuation: Option<String>,
}

/// What to start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartRequest {
    /// Orchestrator function; compared without case.
    pub function: String,
    /// Own id, or `None` for a generated one.
    pub instance: Option<InstanceId>,
    /// Input.
    pub input: JsonText,
}

impl StartRequest {
    /// Starts the function of an instance again, with its latest input: under its own id, or under a generated one. The
    /// status was read with its input.
    pub fn again(instance: InstanceStatus, in_place: bool) -> Self {
        Self {
            function: instance.name,
            instance: in_place.then_some(instance.instance),
            input: instance.input.unwrap_or_default(),
        }
    }
}

/// How far a call on an instance goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Reach {
    /// The instance alone.
    #[default]
    Instance,
    /// The instance and its sub-orchestrations, down the tree.
    Tree,
}

impl Reach {
    /// The whole tree where `recursive` is asked for.
    pub fn recursive(recursive: bool) -> Self {
        if recursive { Self::Tree } else { Self::Instance }
    }
}

/// Which finished orchestrations to remove. The default asks for all of them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PurgeFilter {
    /// Only these statuses; empty = every final one. One that is not final takes nothing.
    pub statuses: Vec<RuntimeStatus>,
    /// Created at this time or later.
    pub created_from: Option<Timestamp>,
    /// Created at this time or earlier.
    pub created_to: Option<Timestamp>,
    /// Whether finished sub-orchestrations of those that fit are removed as well, whether they fit or not.
    pub reach: Reach,
    /// Stop after so many instances (with a tree, after the tree): for whoever wants to see how it goes on.
    pub at_most: Option<u64>,
}

impl PurgeFilter {
    /// Whether instances of this status fit.
    pub fn takes(&self, status: RuntimeStatus) -> bool {
        status.is_terminal() && (self.statuses.is_empty() || self.statuses.contains(&status))
    }
}

/// What a purge has removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Purged {
    /// How many instances.
    pub instances: u64,
    /// `false` when it stopped at [`PurgeFilter::at_most`]: there may be more.
    pub is_complete: bool,
}

/// The links of the check-status answer, each a whole URL with its key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names are the published ones of the HTTP API")]
pub struct ManagementLinks {
    pub id: String,
    pub status_query_get_uri: String,
    pub send_event_post_uri: String,
    pub terminate_post_uri: String,
    pub purge_history_delete_uri: String,
    pub restart_post_uri: String,
    pub suspend_post_uri: String,
    pub resume_post_uri: String,
}

/// The durable engine, as seen by user code and by the management API.
///
/// Every successful write is committed before it is answered; existence and conflicts are decided inside the
/// transaction.
pub trait DurableApi: Send + Sync + 'static {
    /// Starts an orchestration and returns its id.
    fn start(&self, request: StartRequest) -> BoxFuture<'static, Result<InstanceId, ClientError>>;

    /// The status, or `None` when there is no such instance.
    fn status(
        &self,
        id: InstanceId,
        show: StatusDetail,
    ) -> BoxFuture<'static, Result<Option<InstanceStatus>, ClientError>>;

    /// Starts an orchestration and waits until it is finished, at most so long; answers its id, and its status without
    /// its input if it has finished. Takes less work than `start` and `wait`.
    fn start_and_wait(
        &self,
        request: StartRequest,
        timeout: Duration,
    ) -> BoxFuture<'static, Result<(InstanceId, Option<InstanceStatus>), ClientError>>;

    /// Waits until the instance is finished, at most so long; then answers its status without its input, finished or
    /// not. Woken by the commit that finishes it.
    fn wait(
        &self,
        id: InstanceId,
        timeout: Duration,
    ) -> BoxFuture<'static, Result<InstanceStatus, ClientError>>;

    /// Sends an external event.
    fn raise_event(
        &self,
        id: InstanceId,
        name: String,
        input: JsonText,
    ) -> BoxFuture<'static, Result<(), ClientError>>;

    /// Ends an instance from outside; its output becomes the reason. With [`Reach::Tree`] the sub-orchestrations that it
    /// waits for end as well, and those that they wait for: each in a commit of its own, after the call has been answered.
    fn terminate(
        &self,
        id: InstanceId,
        reason: String,
        reach: Reach,
    ) -> BoxFuture<'static, Result<(), ClientError>>;

    /// Pauses an instance.
    fn suspend(&self, id: InstanceId, reason: String) -> BoxFuture<'static, Result<(), ClientError>>;

    /// Lets a paused instance go on.
    fn resume(&self, id: InstanceId, reason: String) -> BoxFuture<'static, Result<(), ClientError>>;

    /// Removes a finished instance with its history; with [`Reach::Tree`] its finished sub-orchestrations as well, down
    /// the tree. Those that still run stay.
    fn purge(&self, id: InstanceId, reach: Reach) -> BoxFuture<'static, Result<Purged, ClientError>>;

    /// Removes all finished instances that fit, in small groups: a call that is given up or fails half-way has removed a
    /// part of them, and the same call goes on with the rest.
    fn purge_all(&self, filter: PurgeFilter) -> BoxFuture<'static, Result<Purged, ClientError>>;

    /// Lists orchestrations, ordered by id.
    fn query(&self, query: InstanceQuery) -> BoxFuture<'static, Result<Page<InstanceStatus>, ClientError>>;

    /// Signals an entity; it is created when it does not exist.
    fn signal_entity(
        &self,
        entity: EntityId,
        operation: String,
        input: JsonText,
    ) -> BoxFuture<'static, Result<(), ClientError>>;

    /// Signals an entity so that the operation does not arrive before a time.
    fn signal_entity_at(
        &self,
        due: Due,
        entity: EntityId,
        operation: String,
        input: JsonText,
    ) -> BoxFuture<'static, Result<(), ClientError>>;

    /// Calls an entity and waits for its answer, which is committed when it comes. The operation runs in its turn,
    /// also when the caller has gone away by then.
    fn call_entity(
        &self,
        entity: EntityId,
        operation: String,
        input: JsonText,
    ) -> BoxFuture<'static, Result<JsonText, ClientError>>;

    /// Removes entities that have neither state, waiting messages nor a lock: at most so many (at least one), in the
    /// order of their ids, after where an earlier call has ended.
    fn clean_entities(
        &self,
        continuation: Option<String>,
        limit: u32,
    ) -> BoxFuture<'static, Result<CleanedEntities, ClientError>>;

    /// The committed state of an entity, or `None` when it has none.
    fn read_entity(&self, entity: EntityId) -> BoxFuture<'static, Result<Option<EntityStatus>, ClientError>>;

    /// Lists entities, ordered by id.
    fn query_entities(
        &self,
        query: EntityQuery,
    ) -> BoxFuture<'static, Result<Page<EntityStatus>, ClientError>>;

    /// The management links of an instance for a client that reached us at `origin` (scheme and authority).
    fn links(&self, id: &InstanceId, origin: &str) -> ManagementLinks;
}

/// How much of an instance to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct StatusDetail {
    /// Read the input.
    pub input: bool,
    /// Read the history of the current execution.
    pub history: bool,
}
