//! Handlers of `entityTrigger` functions.

use std::future::Future;

use fnhost_protocol::json::JsonText;
use futures_core::future::BoxFuture;
use serde::Serialize;

use crate::{
    entity::EntityContext,
    error::{Context as _, Error, Result},
};

/// Async functions that take an [`EntityContext`] and return `Result` of a type that can be written as JSON: the
/// answer to whoever called the operation.
///
/// ```
/// # use fnhost_sdk::{EntityContext, Registry, Result};
/// async fn visits(ctx: EntityContext) -> Result<i64> {
///     let count = ctx.state::<i64>()?.unwrap_or(0) + 1;
///     ctx.set_state(count)?;
///     Ok(count)
/// }
/// let registry = Registry::new().entity("Visits", "functions/Visits/mod.rs", visits);
/// ```
#[diagnostic::on_unimplemented(
    message = "this function cannot serve an `entityTrigger`",
    label = "not an entity",
    note = "it must be `async fn(ctx: EntityContext) -> Result<R>` where `R: Serialize`"
)]
pub trait EntityHandler<M>: Send + Sync + 'static {
    /// Runs one operation.
    fn operate(&self, ctx: EntityContext) -> BoxFuture<'static, Result<JsonText>>;
}

impl<Function, Running, Output, Failed> EntityHandler<()> for Function
where
    Function: Fn(EntityContext) -> Running + Send + Sync + 'static,
    Running: Future<Output = Result<Output, Failed>> + Send + 'static,
    Output: Serialize,
    Failed: Into<Error>,
{
    fn operate(&self, ctx: EntityContext) -> BoxFuture<'static, Result<JsonText>> {
        let running = self(ctx);
        Box::pin(async move {
            let value = running.await.map_err(Into::into)?;
            JsonText::of(&value).context("the operation's result cannot be written as JSON")
        })
    }
}
