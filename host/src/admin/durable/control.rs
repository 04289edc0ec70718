//! Steering an instance: end it, pause it, let it go on, forget it.

use fnhost_protocol::client::{ClientError, PurgeFilter, Purged, Reach, StartRequest, StatusDetail};
use fnhost_protocol::ids::InstanceId;
use fnhost_protocol::status::RuntimeStatus;
use http::StatusCode;
use serde_json::json;

use super::parameters::{existing, statuses};
use super::refusal::Refusal;
use super::routes::DurableRoutes;
use super::start;
use super::target::Verb;
use crate::admin::call::Call;
use crate::admin::respond;
use crate::http_server::Response;

/// `POST /instances/{id}/{terminate,suspend,resume}`; `?recursive=true` terminates the sub-orchestrations below as well.
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
        Verb::Terminate => {
            let reach = Reach::recursive(call.query.flag("recursive", false));
            routes.api.terminate(id, reason, reach).await?;
        }
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

/// `POST /instances/{id}/restart`: the same function with the same input, under a new id or the same.
pub(super) async fn restart(routes: &DurableRoutes, call: &Call, id: &str) -> Result<Response, Refusal> {
    let unknown =
        || Refusal::Argument("InstanceId does not match a valid orchestration instance.".to_owned());
    let id = existing(id).map_err(|_| unknown())?;
    let detail = StatusDetail { input: true, history: false };
    let found = routes.api.status(id, detail).await?.ok_or_else(unknown)?;
    let request = StartRequest::again(found, !call.query.flag("restartWithNewInstanceId", true));
    start::begin(routes, request, &call.query, &call.origin(routes.options.use_forwarded_host)).await
}

/// `DELETE /instances/{id}`; `?recursive=true` removes finished sub-orchestrations as well.
pub(super) async fn purge(routes: &DurableRoutes, call: &Call, id: &str) -> Result<Response, Refusal> {
    let reach = Reach::recursive(call.query.flag("recursive", false));
    purged(routes.api.purge(existing(id)?, reach).await?)
}

/// `DELETE /instances`: all finished ones that fit; `recursive` as above.
pub(super) async fn purge_all(routes: &DurableRoutes, call: &Call) -> Result<Response, Refusal> {
    let query = &call.query;
    let Some(created_from) = query.time("createdTimeFrom")? else {
        // The original answers a bare JSON string here.
        let text = "Please provide value for 'createdTimeFrom' parameter.";
        return Ok(respond::json(StatusCode::BAD_REQUEST, text));
    };
    let asked = statuses(query);
    let filter = PurgeFilter {
        created_from: Some(created_from),
        created_to: query.time("createdTimeTo")?,
        reach: Reach::recursive(query.flag("recursive", false)),
        at_most: None,
        statuses: asked.clone().unwrap_or_default(),
    };
    // Nothing but words for statuses that no instance here ever has.
    if asked.is_some_and(|statuses| statuses.is_empty()) {
        return Err(Refusal::NotFound);
    }
    purged(routes.api.purge_all(filter).await?)
}

fn purged(purged: Purged) -> Result<Response, Refusal> {
    match purged.instances {
        0 => Err(Refusal::NotFound),
        count => Ok(respond::json(StatusCode::OK, &json!({ "instancesDeleted": count }))),
    }
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
