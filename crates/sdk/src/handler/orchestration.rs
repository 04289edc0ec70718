//! Handlers of `orchestrationTrigger` functions.

use std::future::Future;

use fnhost_protocol::json::JsonText;
use futures_core::future::BoxFuture;
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    error::{Context as _, Error, Result, wrong_type},
    orchestration::OrchestrationContext,
};

/// Async functions that take an [`OrchestrationContext`] and an input (which may be left out), and return
/// `Result` of a type that can be written as JSON.
///
/// ```
/// # use fnhost_sdk::{OrchestrationContext, Registry, Result};
/// async fn greet_all(ctx: OrchestrationContext, names: Vec<String>) -> Result<Vec<String>> {
///     ctx.try_join_all(names.iter().map(|name| ctx.activity("SayHello", name))).await
/// }
/// let registry = Registry::new().orchestration("GreetAll", "functions/GreetAll/mod.rs", greet_all);
/// ```
#[diagnostic::on_unimplemented(
    message = "this function cannot serve an `orchestrationTrigger`",
    label = "not an orchestrator",
    note = "it must be `async fn(ctx: OrchestrationContext, input: T) -> Result<R>` where `T: Deserialize` and `R: Serialize`; the input may be left out",
    note = "its future must be `Send`: hold no `Rc`, `RefCell` borrow or lock guard over an `await`"
)]
pub trait OrchestrationHandler<M>: Send + Sync + 'static {
    /// Begins the function; nothing of it runs before the future is polled.
    fn begin(&self, ctx: OrchestrationContext, input: JsonText) -> BoxFuture<'static, Result<JsonText>>;
}

impl<Function, Running, Output, Failed> OrchestrationHandler<()> for Function
where
    Function: Fn(OrchestrationContext) -> Running + Send + Sync + 'static,
    Running: Future<Output = Result<Output, Failed>> + Send + 'static,
    Output: Serialize,
    Failed: Into<Error>,
{
    fn begin(&self, ctx: OrchestrationContext, _input: JsonText) -> BoxFuture<'static, Result<JsonText>> {
        let running = self(ctx);
        Box::pin(async move { result(running.await) })
    }
}

impl<Function, Running, Input, Output, Failed> OrchestrationHandler<(Input,)> for Function
where
    Function: Fn(OrchestrationContext, Input) -> Running + Send + Sync + 'static,
    Running: Future<Output = Result<Output, Failed>> + Send + 'static,
    Input: DeserializeOwned,
    Output: Serialize,
    Failed: Into<Error>,
{
    fn begin(&self, ctx: OrchestrationContext, input: JsonText) -> BoxFuture<'static, Result<JsonText>> {
        match input.read() {
            Ok(value) => {
                let running = self(ctx, value);
                Box::pin(async move { result(running.await) })
            }
            Err(reason) => {
                let subject = format!("the input of orchestration `{}`", ctx.name());
                let error = wrong_type::<Input>(&subject, &input, &reason);
                Box::pin(async move { Err(error) })
            }
        }
    }
}

fn result<T: Serialize>(result: Result<T, impl Into<Error>>) -> Result<JsonText> {
    let value = result.map_err(Into::into)?;
    JsonText::of(&value).context("the orchestration's result cannot be written as JSON")
}
