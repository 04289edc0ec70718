//! Entities: signalled, read, listed.

use fnhost_protocol::client::Due;
use fnhost_protocol::ids::{EntityId, InvalidId};
use fnhost_protocol::json::JsonText;
use fnhost_protocol::status::{EntityQuery, EntityStatus};
use http::StatusCode;
use serde::Serialize;

use super::parameters::{continuation, continue_at};
use super::raise::is_json;
use super::refusal::Refusal;
use super::routes::DurableRoutes;
use crate::admin::call::Call;
use crate::admin::{body, respond};
use crate::http_server::Response;

/// The operation by which an entity is deleted.
const DELETE: &str = "delete";

/// The entity of a path, where `$` stands for the empty key.
fn entity(name: &str, key: &str) -> Result<EntityId, InvalidId> {
    EntityId::new(name, if key == "$" { "" } else { key })
}

/// `GET /entities/{name}/{key}`
pub(super) async fn read(routes: &DurableRoutes, name: &str, key: &str) -> Result<Response, Refusal> {
    let found = routes.api.read_entity(entity(name, key)?).await?;
    let state = found.and_then(|entity| entity.state).ok_or(Refusal::NotFound)?;
    Ok(respond::json_text(StatusCode::OK, state.to_string()))
}

/// `POST /entities/{name}/{key}`: a signal, now or at `scheduledTimeUtc`; with `timeout` a call, whose answer is waited
/// for so many seconds.
pub(super) async fn signal(
    routes: &DurableRoutes,
    call: Call,
    name: &str,
    key: &str,
) -> Result<Response, Refusal> {
    let entity = entity(name, key)?;
    let operation = call.query.text("op")?;
    let (timeout, time) = (call.query.seconds("timeout")?, call.query.time("scheduledTimeUtc")?);
    let input = input(routes, call).await?;
    match (timeout, time) {
        (None, None) => routes.api.signal_entity(entity, operation, input).await?,
        (None, Some(time)) => {
            routes.api.signal_entity_at(Due::At(time), entity, operation, input).await?;
        }
        (Some(timeout), None) => {
            let call = routes.api.call_entity(entity, operation, input);
            if let Ok(answer) = tokio::time::timeout(timeout, call).await {
                return Ok(respond::json_text(StatusCode::OK, answer?.to_string()));
            }
            // The operation runs all the same, when its turn comes.
        }
        (Some(_), Some(_)) => {
            let why =
                "`timeout` and `scheduledTimeUtc` do not go together: a scheduled operation has no answer";
            return Err(Refusal::Argument(why.to_owned()));
        }
    }
    Ok(respond::empty(StatusCode::ACCEPTED))
}

/// JSON is parsed; whatever else is a text.
async fn input(routes: &DurableRoutes, call: Call) -> Result<JsonText, Refusal> {
    let is_json = is_json(&call);
    let bytes = body::read(call.body, routes.options.payload_bytes).await?;
    if is_json || bytes.is_empty() {
        return body::json(&bytes).map_err(|error| {
            Refusal::Says(StatusCode::BAD_REQUEST, format!("Could not parse JSON content: {error}"))
        });
    }
    let text = body::text(&bytes).map_err(|error| Refusal::Argument(error.to_string()))?;
    JsonText::of(text).map_err(|error| Refusal::Argument(error.to_string()))
}

/// `DELETE /entities/{name}/{key}`
pub(super) async fn delete(routes: &DurableRoutes, name: &str, key: &str) -> Result<Response, Refusal> {
    routes.api.signal_entity(entity(name, key)?, DELETE.to_owned(), JsonText::null()).await?;
    Ok(respond::empty(StatusCode::ACCEPTED))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Listed<'a> {
    entity_id: ListedId<'a>,
    last_operation_time: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<&'a JsonText>,
}

#[derive(Serialize)]
struct ListedId<'a> {
    name: &'a str,
    key: &'a str,
}

impl<'a> Listed<'a> {
    fn of(status: &'a EntityStatus) -> Self {
        Self {
            entity_id: ListedId { name: status.entity.name(), key: status.entity.key() },
            last_operation_time: status.last_operation_at.to_string(),
            state: status.state.as_ref(),
        }
    }
}

/// `GET /entities[/{name}]`
pub(super) async fn list(
    routes: &DurableRoutes,
    call: &Call,
    name: Option<&str>,
) -> Result<Response, Refusal> {
    // Checked as part of an id, and brought into the same form.
    let name = name.map(|name| entity(name, "")).transpose()?;
    let wanted = EntityQuery {
        name: name.map(|entity| entity.name().to_owned()),
        fetch_state: call.query.flag("fetchState", false),
        last_operation_from: call.query.time("lastOperationTimeFrom")?,
        last_operation_to: call.query.time("lastOperationTimeTo")?,
        top: call.query.count("top")?,
        continuation: continuation(&call.head.headers)?,
    };
    let page = routes.api.query_entities(wanted).await?;
    let listed: Vec<Listed<'_>> = page.items.iter().map(Listed::of).collect();
    let mut response = respond::json(StatusCode::OK, &listed);
    continue_at(&mut response, page.continuation.as_deref());
    Ok(response)
}
