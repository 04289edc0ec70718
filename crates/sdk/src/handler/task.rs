//! Handlers of functions that take a JSON value and return one: activities and functions called by hand.

use std::future::Future;

use fnhost_protocol::{
    failure::Failure,
    invocation::{Outcome, Reply},
    json::JsonText,
};
use futures_core::future::BoxFuture;
use serde::{Serialize, de::DeserializeOwned};

use super::for_each_arity;
use crate::{
    call::Call,
    error::{Context as _, Error, Result, wrong_type},
    extract::FromCall,
};

/// Async functions that take an input (any type that can be read from JSON), then up to seven parameters that
/// are [`FromCall`], and return `Result` of a type that can be written as JSON. The input may be left out.
///
/// ```
/// # use fnhost_sdk::{DurableClient, Registry, Result};
/// async fn say_hello(name: String) -> Result<String> {
///     Ok(format!("Hello {name}!"))
/// }
/// async fn clean_up(client: DurableClient) -> Result<()> {
///     client.terminate("nightly", "it is morning").await?;
///     Ok(())
/// }
/// let registry = Registry::new()
///     .activity("SayHello", "functions/SayHello/mod.rs", say_hello)
///     .activity("CleanUp", "functions/CleanUp/mod.rs", clean_up);
/// ```
#[diagnostic::on_unimplemented(
    message = "this function cannot serve an `activityTrigger` or `manualTrigger`",
    label = "not an activity handler",
    note = "it must be `async`, take the input (a type with `Deserialize`) first, if at all, then `DurableClient`, `Settings`, `Logger`, `Cancellation` or `InvocationInfo`, and return `Result<T>` where `T: Serialize`",
    note = "the kind of a function is read from the `[[bindings]]` of its function.toml"
)]
pub trait TaskHandler<M>: Send + Sync + 'static {
    /// Takes the parameters from the call and runs the function.
    fn handle(&self, call: &Call) -> BoxFuture<'static, Outcome>;
}

/// Marks functions whose first parameter is the input.
#[derive(Debug)]
pub struct WithInput;

/// Marks functions without input.
#[derive(Debug)]
pub struct WithoutInput;

macro_rules! implement {
    ($($P:ident),*) => {
        implement!(@ WithoutInput; $($P),*);
        implement!(@head $($P),*);
    };
    (@head) => {};
    (@head $Input:ident $(, $P:ident)*) => {
        implement!(@ WithInput, $Input; $($P),*);
    };
    (@ $Marker:ident $(, $Input:ident)?; $($P:ident),*) => {
        impl<Function, Running, Output, Failed, $($Input,)? $($P,)*> TaskHandler<($Marker, $($Input,)? $($P,)*)> for Function
        where
            Function: Fn($($Input,)? $($P),*) -> Running + Send + Sync + 'static,
            Running: Future<Output = Result<Output, Failed>> + Send + 'static,
            Output: Serialize,
            Failed: Into<Error>,
            $($Input: DeserializeOwned,)?
            $($P: FromCall,)*
        {
            #[expect(clippy::allow_attributes, reason = "which lints fire depends on the number of parameters")]
            #[allow(non_snake_case, unused_variables, reason = "parameters are named as their types; there may be none")]
            fn handle(&self, call: &Call) -> BoxFuture<'static, Outcome> {
                fn take<$($Input: DeserializeOwned,)? $($P: FromCall),*>(call: &Call) -> Result<($($Input,)? $($P,)*)> {
                    Ok(($(input::<$Input>(call)?,)? $($P::from_call(call)?,)*))
                }
                let ($($Input,)? $($P,)*) = match take(call) {
                    Ok(parameters) => parameters,
                    Err(error) => return Box::pin(async { Err(error.into_failure()) }),
                };
                let running = self($($Input,)? $($P),*);
                Box::pin(async move { outcome(running.await) })
            }
        }
    };
}
for_each_arity!(implement);

fn input<T: DeserializeOwned>(call: &Call) -> Result<T> {
    let name = call.info().function();
    let input = call.input().with_context(|| format!("`{name}` was called without JSON input"))?;
    input.read().map_err(|reason| wrong_type::<T>(&format!("the input of `{name}`"), input, &reason))
}

fn outcome<T: Serialize>(result: Result<T, impl Into<Error>>) -> Outcome {
    let value = result.map_err(|error| error.into().into_failure())?;
    let text = JsonText::of(&value).context("the result cannot be written as JSON");
    text.map(Reply::Value).map_err(Failure::from)
}
