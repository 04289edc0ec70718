//! Steering an instance: end it, pause it, let it go on, forget it.

use fnhost_protocol::client::{ClientError, Reach, StartRequest, StatusDetail};
use fnhost_protocol::ids::InstanceId;
use fnhost_protocol::status::{InstanceQuery, RuntimeStatus};
use futures_util::future::join_all;
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

/// Instances purged at once by a filter.
const PURGE_PAGE: u32 = 200;

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
    let found = routes.api.status(id.clone(), detail).await?.ok_or_else(unknown)?;
    let is_new = call.query.flag("restartWithNewInstanceId", true);
    let request = StartRequest {
        function: found.name,
        instance: (!is_new).then_some(id),
        input: found.input.unwrap_or_default(),
    };
    start::begin(routes, request, &call.query, &call.origin(routes.options.use_forwarded_host)).await
}

/// `DELETE /instances/{id}`
pub(super) async fn purge(routes: &DurableRoutes, id: &str) -> Result<Response, Refusal> {
    routes.api.purge(existing(id)?).await?;
    Ok(respond::json(StatusCode::OK, &json!({ "instancesDeleted": 1 })))
}

/// `DELETE /instances`: all finished ones that fit.
pub(super) async fn purge_many(routes: &DurableRoutes, call: &Call) -> Result<Response, Refusal> {
    if call.query.get("createdTimeFrom").is_none() {
        // The original answers a bare JSON string here.
        let text = "Please provide value for 'createdTimeFrom' parameter.";
        return Ok(respond::json(StatusCode::BAD_REQUEST, text));
    }
    let asked = statuses(&call.query).unwrap_or_else(|| RuntimeStatus::ALL.to_vec());
    let mut wanted = InstanceQuery {
        statuses: asked.into_iter().filter(|status| status.is_terminal()).collect(),
        created_from: call.query.time("createdTimeFrom")?,
        created_to: call.query.time("createdTimeTo")?,
        top: Some(PURGE_PAGE),
        ..InstanceQuery::default()
    };
    let mut deleted = 0;
    // No status at all would mean every status.
    while !wanted.statuses.is_empty() {
        let page = routes.api.query(wanted.clone()).await?;
        // All of a page at once, so that they share a few transactions.
        let purges = page.items.into_iter().map(|found| routes.api.purge(found.instance));
        for purged in join_all(purges).await {
            match purged {
                Ok(()) => deleted += 1,
                // Somebody else purged it, or started it anew, since it was listed.
                Err(ClientError::NotFound { .. } | ClientError::NotFinished { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        match page.continuation {
            None => break,
            next => wanted.continuation = next,
        }
    }
    if deleted == 0 {
        return Err(Refusal::NotFound);
    }
    Ok(respond::json(StatusCode::OK, &json!({ "instancesDeleted": deleted })))
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
