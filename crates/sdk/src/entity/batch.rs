//! Running the operations that wait at an entity.

use std::sync::Arc;

use fnhost_protocol::{
    entity::{EntityBatch, EntityOutcome},
    failure::Failure,
    json::JsonText,
};
use futures_core::future::BoxFuture;

use super::context::{Changes, EntityContext};
use crate::{
    error::Result,
    panics::{Caught, catch},
    settings::Settings,
};

/// An entity function without its types.
type EntityFn = Arc<dyn Fn(EntityContext) -> BoxFuture<'static, Result<JsonText>> + Send + Sync>;

/// Runs all operations in order. Each works on the state that the one before left; one that fails is as if it had
/// not run.
pub(crate) async fn run_batch(function: &EntityFn, batch: EntityBatch, settings: Settings) -> EntityOutcome {
    let EntityBatch { entity, function: name, now, mut state, operations } = batch;
    let name: Arc<str> = name.into();
    let mut results = Vec::with_capacity(operations.len());
    let mut actions = Vec::new();
    let mut value = None;
    for operation in operations {
        let changes = Changes { state: state.clone(), value: value.take(), ..Changes::default() };
        let ctx = EntityContext::new(entity.clone(), name.clone(), settings.clone(), now, operation, changes);
        let result = run_one(function, ctx.clone()).await;
        if result.is_ok() {
            let changes = std::mem::take(&mut *ctx.changes());
            state = changes.state;
            value = changes.value;
            actions.extend(changes.actions);
        }
        results.push(result);
    }
    EntityOutcome { state, results, actions }
}

async fn run_one(function: &EntityFn, ctx: EntityContext) -> Result<JsonText, Failure> {
    let running = catch(|| function(ctx))?;
    Caught(running).await?.map_err(Failure::from)
}
