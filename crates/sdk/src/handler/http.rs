//! Handlers of `httpTrigger` functions.

use std::future::Future;

use fnhost_protocol::{
    failure::Failure,
    http::{HttpCall, HttpReply},
    invocation::{Outcome, Reply},
};
use futures_core::future::BoxFuture;

use super::for_each_arity;
use crate::{
    call::Call,
    error::{Error, Intent, Result},
    extract::FromRequest,
    respond::{IntoResponse, Response},
};

/// Async functions of up to eight parameters, each [`FromRequest`], that return [`IntoResponse`].
///
/// ```
/// # use fnhost_sdk::{Json, Logger, Registry};
/// async fn greet(name: String, log: Logger) -> Json<String> {
///     log.info(format_args!("greeting {name}"));
///     Json(format!("Hello {name}!"))
/// }
/// let registry = Registry::new().http("Greet", "functions/Greet/mod.rs", greet);
/// ```
#[diagnostic::on_unimplemented(
    message = "this function cannot serve an `httpTrigger`",
    label = "not an HTTP handler",
    note = "it must be `async`, take at most 8 parameters that can be taken from a request, and return `impl IntoResponse`",
    note = "the kind of a function is read from the `[[bindings]]` of its function.toml"
)]
pub trait HttpHandler<M>: Send + Sync + 'static {
    /// Takes the parameters from the call and runs the function.
    fn handle(&self, call: &Call) -> BoxFuture<'static, Outcome>;
}

macro_rules! implement {
    ($($P:ident),*) => {
        impl<Function, Running, Output, $($P,)*> HttpHandler<($($P,)*)> for Function
        where
            Function: Fn($($P),*) -> Running + Send + Sync + 'static,
            Running: Future<Output = Output> + Send + 'static,
            Output: IntoResponse,
            $($P: FromRequest,)*
        {
            #[expect(clippy::allow_attributes, reason = "which lints fire depends on the number of parameters")]
            #[allow(non_snake_case, unused_variables, reason = "parameters are named as their types; there may be none")]
            fn handle(&self, call: &Call) -> BoxFuture<'static, Outcome> {
                let Some(request) = call.http() else { return Box::pin(async { Err(not_http()) }) };
                fn take<$($P: FromRequest),*>(request: &HttpCall, call: &Call) -> Result<($($P,)*)> {
                    Ok(($($P::from_request(request, call)?,)*))
                }
                let ($($P,)*) = match take(request, call) {
                    Ok(parameters) => parameters,
                    Err(error) => return Box::pin(async { outcome(Err(error)) }),
                };
                let running = self($($P),*);
                Box::pin(async move { outcome(running.await.into_response()) })
            }
        }
    };
}
for_each_arity!(implement);

/// An error that carries an answer is a successful invocation: the caller was wrong, not the function.
fn outcome(result: Result<Response>) -> Outcome {
    match result {
        Ok(response) => Ok(Reply::Http(response.into_reply())),
        Err(error) => answer_of(error).map(Reply::Http),
    }
}

fn answer_of(error: Error) -> Result<HttpReply, Failure> {
    match error.into_parts() {
        (_, Intent::Answer(reply)) => Ok(reply),
        (failure, Intent::Fail | Intent::ContinueAsNew(_)) => Err(failure),
    }
}

fn not_http() -> Failure {
    Failure::new("WrongTrigger", "this function serves HTTP requests; it was called without one")
}
