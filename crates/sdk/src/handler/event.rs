//! Handlers of functions that something outside starts, without an input of their own: timers and blobs.

use std::future::Future;

use fnhost_protocol::{
    failure::Failure,
    invocation::{Outcome, Reply},
    json::JsonText,
};
use futures_core::future::BoxFuture;
use serde::Serialize;

use super::for_each_arity;
use crate::{
    call::Call,
    error::{Context as _, Error, Result},
    extract::FromCall,
};

/// Async functions that take up to eight parameters that are [`FromCall`], and return `Result` of a type that can be
/// written as JSON.
///
/// ```
/// # use fnhost_sdk::{DurableClient, Registry, Result, TimerInfo};
/// async fn nightly(timer: TimerInfo, client: DurableClient) -> Result<()> {
///     client.start("Backup", timer.slot()).await?;
///     Ok(())
/// }
/// let registry = Registry::new().timer("Nightly", "functions/Nightly/mod.rs", nightly);
/// ```
#[diagnostic::on_unimplemented(
    message = "this function cannot serve a `timerTrigger` or `blobTrigger`",
    label = "not a handler of events",
    note = "it must be `async`, take what can be taken from a call (`TimerInfo`, `TriggerBlob`, `BlobClient`, `DurableClient`, `Settings`, `Logger`, `Cancellation`, `InvocationInfo`), and return `Result<T>` where `T: Serialize`",
    note = "the kind of a function is read from the `[[bindings]]` of its function.toml"
)]
pub trait EventHandler<M>: Send + Sync + 'static {
    /// Takes the parameters from the call and runs the function.
    fn handle(&self, call: &Call) -> BoxFuture<'static, Outcome>;
}

macro_rules! implement {
    ($($P:ident),*) => {
        impl<Function, Running, Output, Failed, $($P,)*> EventHandler<($($P,)*)> for Function
        where
            Function: Fn($($P),*) -> Running + Send + Sync + 'static,
            Running: Future<Output = Result<Output, Failed>> + Send + 'static,
            Output: Serialize,
            Failed: Into<Error>,
            $($P: FromCall,)*
        {
            #[expect(clippy::allow_attributes, reason = "which lints fire depends on the number of parameters")]
            #[allow(non_snake_case, unused_variables, reason = "parameters are named as their types; there may be none")]
            fn handle(&self, call: &Call) -> BoxFuture<'static, Outcome> {
                #[allow(clippy::unnecessary_wraps, reason = "without parameters nothing can fail")]
                fn take<$($P: FromCall),*>(call: &Call) -> Result<($($P,)*)> {
                    Ok(($($P::from_call(call)?,)*))
                }
                let ($($P,)*) = match take(call) {
                    Ok(parameters) => parameters,
                    Err(error) => return Box::pin(async { Err(error.into_failure()) }),
                };
                let running = self($($P),*);
                Box::pin(async move { outcome(running.await) })
            }
        }
    };
}
for_each_arity!(implement);

fn outcome<T: Serialize>(result: Result<T, impl Into<Error>>) -> Outcome {
    let value = result.map_err(|error| error.into().into_failure())?;
    let text = JsonText::of(&value).context("the result cannot be written as JSON");
    text.map(Reply::Value).map_err(Failure::from)
}
