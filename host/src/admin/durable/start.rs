//! Starting an orchestration, and waiting for it where that is asked for.

use std::time::Duration;

use fnhost_protocol::client::{StartRequest, StatusDetail};
use fnhost_protocol::ids::InstanceId;
use fnhost_protocol::status::{InstanceStatus, RuntimeStatus};
use fnhost_protocol::status_document::StatusDocument;
use http::header::{LOCATION, RETRY_AFTER};
use http::{HeaderValue, StatusCode};

use super::parameters;
use super::refusal::Refusal;
use super::routes::DurableRoutes;
use crate::admin::call::Call;
use crate::admin::query::Query;
use crate::admin::{body, respond};
use crate::http_server::Response;

/// `POST /orchestrators/{function}[/{id}]`
pub(super) async fn start(
    routes: &DurableRoutes,
    call: Call,
    function: String,
    id: Option<String>,
) -> Result<Response, Refusal> {
    let origin = call.origin(routes.options.use_forwarded_host);
    let Call { query, body, .. } = call;
    let input = body::json(&body::read(body, routes.options.payload_bytes).await?)?;
    let instance = id.as_deref().map(InstanceId::parse).transpose()?;
    begin(routes, StartRequest { function, instance, input }, &query, &origin).await
}

/// Starts, and waits when the query asks for it. Everything is checked before anything is started.
pub(super) async fn begin(
    routes: &DurableRoutes,
    request: StartRequest,
    query: &Query,
    origin: &str,
) -> Result<Response, Refusal> {
    let Some(timeout) = timeout(query)? else {
        let id = routes.api.start(request).await?;
        return Ok(check_status(routes, &id, origin));
    };
    let (id, finished) = routes.api.start_and_wait(request, timeout).await?;
    let Some(status) = finished else { return Ok(check_status(routes, &id, origin)) };
    match status.status {
        RuntimeStatus::Completed => {
            Ok(respond::json_text(StatusCode::OK, status.output.unwrap_or_default().to_string()))
        }
        RuntimeStatus::Failed | RuntimeStatus::Terminated => {
            let code = parameters::code_of(status.status, query);
            let status = with_input(routes, status).await?;
            Ok(respond::json_text(code, StatusDocument::of(&status).to_json()))
        }
        RuntimeStatus::Pending | RuntimeStatus::Running | RuntimeStatus::Suspended => {
            Ok(check_status(routes, &id, origin))
        }
    }
}

/// How long to wait. The interval of polling has no meaning here, where nobody polls; a wrong one is still refused.
fn timeout(query: &Query) -> Result<Option<Duration>, Refusal> {
    let timeout = query.seconds("timeout")?;
    let interval = query.seconds("pollingInterval")?;
    if let (Some(timeout), Some(interval)) = (timeout, interval)
        && interval > timeout
    {
        return Err(Refusal::Argument(format!(
            "Total timeout {} should be bigger than retry timeout {}",
            timeout.as_secs_f64(),
            interval.as_secs_f64()
        )));
    }
    Ok(timeout)
}

/// Waiting need not read the input, which the document shows.
async fn with_input(routes: &DurableRoutes, status: InstanceStatus) -> Result<InstanceStatus, Refusal> {
    if status.input.is_some() {
        return Ok(status);
    }
    let detail = StatusDetail { input: true, history: false };
    Ok(routes.api.status(status.instance.clone(), detail).await?.unwrap_or(status))
}

/// 202 with the links by which the instance is followed and steered.
fn check_status(routes: &DurableRoutes, id: &InstanceId, origin: &str) -> Response {
    let links = routes.api.links(id, origin);
    let mut response = respond::json(StatusCode::ACCEPTED, &links);
    if let Ok(location) = HeaderValue::from_str(&links.status_query_get_uri) {
        response.headers_mut().insert(LOCATION, location);
    }
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("10"));
    response
}
