//! Who runs user code for the engine: the host, which knows functions and workers.

use std::sync::Arc;

use fnhost_protocol::{
    entity::{EntityBatch, EntityOutcome},
    failure::Failure,
    json::JsonText,
    turn::{Turn, TurnOutcome},
};
use futures_util::future::BoxFuture;

use durable_core::model::{InstanceKind, LeasedTask};

/// Runs turns, entity batches and activities. The engine never runs two turns or batches of one instance at once.
pub trait Executor: Send + Sync + 'static {
    /// The registered spelling of a function that may run as such an instance.
    ///
    /// # Errors
    /// The whole text for the caller, with the names that are known.
    fn resolve(&self, kind: InstanceKind, name: &str) -> Result<Arc<str>, String>;

    /// Where the futures that this executor gives are to be polled; where the engine lives when there is no such
    /// place.
    fn runtime(&self) -> Option<&tokio::runtime::Handle> {
        None
    }

    /// Runs an orchestrator over new events.
    fn turn(&self, turn: Turn) -> BoxFuture<'static, Result<TurnOutcome, Failure>>;

    /// Runs operations on an entity.
    fn entity(&self, batch: EntityBatch) -> BoxFuture<'static, Result<EntityOutcome, Failure>>;

    /// Runs an activity. Dropping the future cancels it.
    fn task(&self, task: LeasedTask) -> BoxFuture<'static, Result<JsonText, Failure>>;
}
