//! Steering an instance: end it, pause it, let it go on, forget it.

use fnhost_protocol::client::{ClientError, StatusDetail};
use fnhost_protocol::ids::InstanceId;
use fnhost_protocol::status::RuntimeStatus;
use http::StatusCode;
use serde_json::json;

use super::parameters::existing;
use super::refusal::Refusal;
use super::routes::DurableRoutes;
use super::target::Verb;
use crate::admin::call::Call;
use crate::admin::respond;
use crate::http_server::Response;

/// `POST /instances/{id}/{terminate,suspend,resume}`
pub(super) async fn control(
    routes: &DurableRoutes,
    call: &Call,
    id: &str,
    verb: Verb,
) -> Result<Response, Refusal> {
    let id = existing(id)?;
    let reason = match call.query.text("reason") {
        Ok(reason) => reason,
        // An unknown or finished instance is told before a bad argument.
        Err(error) => return alive(routes, &id).await.and(Err(error.into())),
    };
    match verb {
        Verb::Terminate => routes.api.terminate(id, reason).await?,
        Verb::Suspend => routes.api.suspend(id, reason).await?,
        Verb::Resume => routes.api.resume(id, reason).await?,
    }
    Ok(respond::empty(StatusCode::ACCEPTED))
}

/// `POST /instances/{id}/rewind`: answered only where the answer is no.
pub(super) async fn rewind(routes: &DurableRoutes, id: &str) -> Result<Response, Refusal> {
    let only_failed =
        || "The rewind operation is only supported on failed orchestration instances.".to_owned();
    match status(routes, &existing(id)?).await? {
        RuntimeStatus::Completed | RuntimeStatus::Terminated => {
            Err(Refusal::Says(StatusCode::GONE, only_failed()))
        }
        RuntimeStatus::Pending | RuntimeStatus::Running | RuntimeStatus::Suspended => {
            Err(Refusal::Says(StatusCode::PRECONDITION_FAILED, only_failed()))
        }
        RuntimeStatus::Failed => Err(not_yet("Rewinding an orchestration instance")),
    }
}

/// `POST /instances/{id}/restart`: answered only where the answer is no.
pub(super) async fn restart(routes: &DurableRoutes, id: &str) -> Result<Response, Refusal> {
    let found = match existing(id) {
        Ok(id) => status(routes, &id).await,
        Err(refusal) => Err(refusal),
    };
    match found {
        Ok(_) => Err(not_yet("Restarting an orchestration instance")),
        Err(Refusal::NotFound) => {
            let text = "InstanceId does not match a valid orchestration instance.";
            Err(Refusal::Argument(text.to_owned()))
        }
        Err(other) => Err(other),
    }
}

/// `DELETE /instances/{id}`
pub(super) async fn purge(routes: &DurableRoutes, id: &str) -> Result<Response, Refusal> {
    routes.api.purge(existing(id)?).await?;
    Ok(respond::json(StatusCode::OK, &json!({ "instancesDeleted": 1 })))
}

/// `DELETE /instances`: answered only where the answer is no.
pub(super) fn purge_many(call: &Call) -> Result<Response, Refusal> {
    if call.query.get("createdTimeFrom").is_none() {
        // The original answers a bare JSON string here.
        let text = "Please provide value for 'createdTimeFrom' parameter.";
        return Ok(respond::json(StatusCode::BAD_REQUEST, text));
    }
    call.query.time("createdTimeFrom")?;
    call.query.time("createdTimeTo")?;
    Err(not_yet("Purging instances by a filter"))
}

/// Refuses an instance that is not there or finished.
pub(super) async fn alive(routes: &DurableRoutes, id: &InstanceId) -> Result<(), Refusal> {
    match status(routes, id).await? {
        status if status.is_terminal() => Err(Refusal::Gone),
        _ => Ok(()),
    }
}

async fn status(routes: &DurableRoutes, id: &InstanceId) -> Result<RuntimeStatus, Refusal> {
    let found = routes.api.status(id.clone(), StatusDetail::default()).await?;
    let found = found.ok_or_else(|| ClientError::NotFound { id: id.clone() })?;
    Ok(found.status)
}

fn not_yet(what: &str) -> Refusal {
    Refusal::Says(
        StatusCode::NOT_IMPLEMENTED,
        format!("{what} is not supported by this version of the host."),
    )
}
