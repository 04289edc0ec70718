//! The functions of the app: listed, looked at, run by hand.

use std::sync::Arc;

use fnhost_protocol::client::{ClientError, DurableApi, StartRequest};
use fnhost_protocol::json::JsonText;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::body;
use super::describe::describe;
use super::parts::{FunctionList, ManualRun, NotRun, TimerList};
use super::respond::{self, empty};
use super::timers;
use crate::app::function::Function;
use crate::app::trigger::Trigger;
use crate::http_server::{Problem, RequestBody, Response};

/// `GET /admin/functions`
pub(super) fn list(functions: &dyn FunctionList, origin: &str) -> Response {
    let all: Vec<Value> = functions.functions().iter().map(|function| describe(function, origin)).collect();
    respond::json(StatusCode::OK, &all)
}

/// `GET /admin/functions/{name}`
pub(super) fn one(functions: &dyn FunctionList, name: &str, origin: &str) -> Result<Response, Problem> {
    Ok(respond::json(StatusCode::OK, &describe(&*find(functions, name)?, origin)))
}

/// `GET /admin/functions/{name}/status`: also of one that is left out because of its errors.
pub(super) async fn status(
    functions: &dyn FunctionList,
    timers: &dyn TimerList,
    name: &str,
) -> Result<Response, Problem> {
    let errors = functions.errors(Some(name));
    let function = match find(functions, name) {
        Err(problem) if errors.is_empty() => return Err(problem),
        found => found.ok(),
    };
    let mut status = json!({ "errors": errors });
    if let Some(function) = function.filter(|function| function.trigger().as_timer().is_some()) {
        status["timer"] = timers::one(&function, timers).await?;
    }
    Ok(respond::json(StatusCode::OK, &status))
}

#[derive(Default, Deserialize)]
struct Run {
    /// Any JSON; absent is `null`.
    #[serde(default)]
    input: JsonText,
}

/// What runs a function, depending on its trigger.
pub(super) struct Runners<'a> {
    pub(super) functions: &'a dyn FunctionList,
    pub(super) by_hand: &'a dyn ManualRun,
    pub(super) durable: &'a dyn DurableApi,
    pub(super) payload_bytes: usize,
}

/// `POST /admin/functions/{name}`: 202 as soon as the run has begun. With `?wait=true`: 200 with the result, which is
/// how the command line runs a function of any kind.
pub(super) async fn run(
    runners: Runners<'_>,
    name: &str,
    wait: bool,
    body: RequestBody,
) -> Result<Response, Problem> {
    let function = find(runners.functions, name)?;
    let Run { input } = body::value(body, runners.payload_bytes).await?;
    if function.is_disabled() {
        return Err(Problem::new(StatusCode::CONFLICT, "functionDisabled")
            .detail(format!("the function `{}` is switched off", function.name())));
    }
    if wait {
        let result = runners.by_hand.run_and_wait(function, input).await.map_err(|failure| {
            Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "functionFailed").detail(failure.to_string())
        })?;
        return Ok(respond::json_text(StatusCode::OK, result.to_string()));
    }
    match function.trigger() {
        Trigger::Http(http) => Err(Problem::new(StatusCode::BAD_REQUEST, "httpFunction").detail(format!(
            "the function `{}` is called by its route `/{}`",
            function.name(),
            http.route
        ))),
        Trigger::Entity(entity) => {
            Err(Problem::new(StatusCode::BAD_REQUEST, "entityFunction").detail(format!(
                "an entity runs when it is signalled: POST {}/entities/{}/{{key}}?op={{operation}}",
                crate::keys::DURABLE_BASE,
                entity.name
            )))
        }
        Trigger::Orchestration(orchestration) => {
            let request = StartRequest { function: orchestration.name.clone(), instance: None, input };
            let id = runners.durable.start(request).await.map_err(not_started)?;
            Ok(respond::json(StatusCode::ACCEPTED, &json!({ "id": id.as_str() })))
        }
        Trigger::Timer(_) | Trigger::Blob(_) | Trigger::Activity(_) | Trigger::Manual(_) => {
            let not_run =
                |why: NotRun| Problem::new(StatusCode::CONFLICT, "functionNotRun").detail(why.reason);
            runners.by_hand.run(function, input).map_err(not_run)?;
            Ok(empty(StatusCode::ACCEPTED))
        }
    }
}

fn not_started(error: ClientError) -> Problem {
    if let ClientError::Unavailable { message } = &error {
        tracing::error!(error = message, "failed to start an orchestration by hand");
        return Problem::internal();
    }
    Problem::new(StatusCode::BAD_REQUEST, "functionNotRun").detail(error.to_string())
}

/// The function of this name, compared without case.
pub(super) fn find(functions: &dyn FunctionList, name: &str) -> Result<Arc<Function>, Problem> {
    functions.functions().get(name).cloned().ok_or_else(|| {
        Problem::new(StatusCode::NOT_FOUND, "noSuchFunction").detail(format!("there is no function `{name}`"))
    })
}
