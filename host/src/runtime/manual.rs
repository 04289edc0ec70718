//! Any function by hand: what `invoke` and `POST /admin/functions/{name}` do.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use fnhost_protocol::{
    client::{ClientError, DurableApi, StartRequest},
    failure::{Failure, kind},
    http::HttpCall,
    ids::InstanceId,
    invocation::{Reply, TriggerData},
    json::JsonText,
    status::RuntimeStatus,
};
use http::{HeaderMap, HeaderValue, Method, Uri, header};

use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    admin::NotRun,
    app::{AppHandle, Function, Trigger},
    invoke::{Call, Invoker},
    telemetry::TraceContext,
    triggers::{blob::BlobTriggers, timer::Timers},
};

const REASON: &str = "This function was programmatically called via the host APIs.";

/// The kind of failure of an HTTP function that answered with an error.
const REFUSED: &str = "HttpStatus";

/// How long a call by hand waits for an orchestration.
const PATIENCE: Duration = Duration::from_secs(24 * 3_600);

/// Runs functions by hand.
#[derive(Clone)]
pub struct ManualCalls {
    app: AppHandle,
    invoker: Invoker,
    durable: Arc<dyn DurableApi>,
    timers: Timers,
    blobs: Arc<BlobTriggers>,
    origin: Arc<str>,
    /// Calls that nobody waits for but the host when it stops; closed from then on.
    loose: TaskTracker,
    /// Ends them when the time to stop is over.
    over: CancellationToken,
}

impl std::fmt::Debug for ManualCalls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ManualCalls").finish_non_exhaustive()
    }
}

impl ManualCalls {
    pub(super) fn new(
        app: AppHandle,
        invoker: Invoker,
        durable: Arc<dyn DurableApi>,
        timers: Timers,
        blobs: Arc<BlobTriggers>,
        origin: Arc<str>,
    ) -> Self {
        Self {
            app,
            invoker,
            durable,
            timers,
            blobs,
            origin,
            loose: TaskTracker::new(),
            over: CancellationToken::new(),
        }
    }

    /// Begins a call that nobody waits for: what it fails with is in the log.
    ///
    /// # Errors
    /// When the host stops.
    pub(super) fn begin(&self, function: Arc<Function>, input: JsonText) -> Result<(), NotRun> {
        if self.loose.is_closed() {
            return Err(NotRun { reason: "the host is shutting down".to_owned() });
        }
        let (calls, over) = (self.clone(), self.over.clone());
        self.loose.spawn(async move {
            let call = calls.run(function.name(), input);
            drop(over.run_until_cancelled(call).await);
        });
        Ok(())
    }

    /// Begins no more calls that nobody waits for, and waits for those that run until `patience` completes. How many
    /// were cut off.
    pub(super) async fn finish(&self, patience: impl Future<Output = ()>) -> usize {
        self.loose.close();
        tokio::select! {
            () = self.loose.wait() => 0,
            () = patience => {
                let cut_off = self.loose.len();
                self.over.cancel();
                // They are dropped, which ends them at their next await; code that blocks is not waited for.
                cut_off
            }
        }
    }

    /// Runs a function of the app with this input and returns its result: an activity's value, an HTTP function's
    /// body, an orchestration's output.
    ///
    /// # Errors
    /// No such function, a disabled one, an entity, a route with parameters that nothing fills; or the function failed.
    pub async fn run(&self, name: &str, input: JsonText) -> Result<JsonText, Failure> {
        let app = self.app.current();
        let Some(function) = app.functions().get(name).cloned() else {
            let known: Vec<&str> = app.functions().iter().map(|function| &**function.name()).collect();
            let message =
                format!("there is no function `{name}`; the app's functions are: {}", known.join(", "));
            return Err(Failure::new(kind::UNKNOWN_FUNCTION, message));
        };
        if function.is_disabled() {
            let message = format!("the function `{}` is switched off", function.name());
            return Err(Failure::new(kind::UNKNOWN_FUNCTION, message));
        }
        match function.trigger() {
            Trigger::Orchestration(durable) => self.orchestration(&durable.name, input).await,
            Trigger::Entity(entity) => Err(Failure::new(
                kind::WRONG_TYPE,
                format!(
                    "`{name}` is an entity and has many operations; signal one with POST \
                     /runtime/webhooks/durabletask/entities/{}/<key>?op=<operation>",
                    entity.name
                ),
            )),
            Trigger::Http(_) => self.http(&function, input).await,
            Trigger::Activity(_) => {
                let instance = InstanceId::from_stored("manual");
                let trigger = TriggerData::Activity { instance, task: 0, attempt: 1, delivery: 1, input };
                self.value(&function, trigger).await
            }
            Trigger::Timer(_) => {
                let call = self.timers.call_by_hand(function.name()).await;
                self.value(&function, TriggerData::Timer(call)).await
            }
            Trigger::Blob(_) => {
                let trigger = self.blobs.by_hand(function.name(), &input).await?;
                self.value(&function, trigger).await
            }
            Trigger::Manual(_) => self.value(&function, TriggerData::Manual { input }).await,
        }
    }

    async fn value(&self, function: &Function, trigger: TriggerData) -> Result<JsonText, Failure> {
        let call = Call { function, trigger, reason: REASON, trace: TraceContext::continuing(None) };
        let reply = match self.invoker.invoke(call).await? {
            Reply::Value(value) => return Ok(value),
            Reply::Http(reply) => reply.collected().await,
        };
        match reply {
            Err(broken) => {
                Err(Failure::new(REFUSED, format!("the answer of `{}` broke off: {broken}", function.name())))
            }
            Ok(reply) if reply.status.is_client_error() || reply.status.is_server_error() => {
                let body = String::from_utf8_lossy(&reply.body);
                let message = format!("the function `{}` answered {}: {body}", function.name(), reply.status);
                Err(Failure::new(REFUSED, message))
            }
            Ok(reply) => Ok(body_as_json(&reply.body)),
        }
    }

    async fn http(&self, function: &Function, input: JsonText) -> Result<JsonText, Failure> {
        let http = function.trigger().as_http();
        let method = http.and_then(|http| http.methods.as_ref()?.first().cloned()).unwrap_or(Method::POST);
        let route = http.map_or("", |http| &*http.route);
        let Some(path) = path_without_values(route) else {
            let message = format!(
                "`{}` takes values from its route, and a call by hand has none; call it over HTTP: {method} /{route}",
                function.name()
            );
            return Err(Failure::new(kind::WRONG_TYPE, message));
        };
        let uri = path.parse::<Uri>().unwrap_or_else(|_| Uri::from_static("/"));
        let mut headers = HeaderMap::new();
        let body = if input.is_null() {
            Bytes::new()
        } else {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
            Bytes::copy_from_slice(input.as_str().as_bytes())
        };
        let (origin, route) = (self.origin.clone(), Vec::new());
        let call = HttpCall { method, uri, origin, headers, route, body, stream: None };
        self.value(function, TriggerData::Http(Box::new(call))).await
    }

    async fn orchestration(&self, name: &str, input: JsonText) -> Result<JsonText, Failure> {
        let request = StartRequest { function: name.to_owned(), instance: None, input };
        let (id, finished) = self.durable.start_and_wait(request, PATIENCE).await.map_err(refused)?;
        let Some(status) = finished else {
            return Err(Failure::new(
                kind::TIMEOUT,
                format!("instance `{id}` has not finished in {PATIENCE:?}"),
            ));
        };
        match (status.status, status.output, status.failure) {
            (RuntimeStatus::Completed, output, _) => Ok(output.unwrap_or_default()),
            (_, _, Some(failure)) => Err(failure),
            (other, output, None) => Err(Failure::new(
                kind::TERMINATED,
                format!("instance `{id}` is {other}: {}", output.unwrap_or_default()),
            )),
        }
    }
}

fn refused(error: ClientError) -> Failure {
    Failure::new("Client", error.to_string())
}

/// The path of a route none of whose parameters has a value; `None` when one needs one.
fn path_without_values(route: &str) -> Option<String> {
    let mut path = String::new();
    for segment in route.split('/') {
        let may_be_absent = segment.starts_with("{*") || segment.ends_with("?}") || segment.contains('=');
        match segment.contains('{') {
            false => path.extend(["/", segment]),
            true if may_be_absent => {}
            true => return None,
        }
    }
    Some(path)
}

/// A body as it is when it is JSON, and as a JSON string otherwise.
fn body_as_json(body: &Bytes) -> JsonText {
    let text = String::from_utf8_lossy(body);
    JsonText::parse(&text).unwrap_or_else(|_| JsonText::string(&text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_routes_that_need_no_value_have_a_path() {
        for (route, path) in [
            ("api/Open", Some("/api/Open")),
            ("api/Peek/{id}", None),
            ("files/{name}.{kind}", None),
            ("api/greet/{name?}", Some("/api/greet")),
            ("api/page/{n:int=1}", Some("/api/page")),
            ("{*rest}", Some("")),
        ] {
            assert_eq!(path_without_values(route).as_deref(), path, "{route}");
        }
    }
}
