//! Sending an external event to an instance.

use fnhost_protocol::json::JsonText;
use http::StatusCode;
use http::header::CONTENT_TYPE;

use super::control::alive;
use super::parameters::existing;
use super::refusal::Refusal;
use super::routes::DurableRoutes;
use crate::admin::call::Call;
use crate::admin::{body, respond};
use crate::http_server::Response;

/// `POST /instances/{id}/raiseEvent/{name}`
///
/// An unknown or finished instance is told before a bad body. Whether it is one is decided where the event is stored;
/// only for a body that will not be stored it is asked for here.
pub(super) async fn raise(
    routes: &DurableRoutes,
    call: Call,
    id: &str,
    name: String,
) -> Result<Response, Refusal> {
    let id = existing(id)?;
    match content(routes, call, &name).await {
        Ok(input) => {
            routes.api.raise_event(id, name, input).await?;
            Ok(respond::empty(StatusCode::ACCEPTED))
        }
        Err(refusal) => {
            alive(routes, &id).await?;
            Err(refusal)
        }
    }
}

async fn content(routes: &DurableRoutes, call: Call, name: &str) -> Result<JsonText, Refusal> {
    if name.contains('\0') {
        return Err(Refusal::Argument(
            "the character U+0000 is not allowed in the name of an event".to_owned(),
        ));
    }
    if !is_json(&call) {
        let text = "Only application/json request content is supported".to_owned();
        return Err(Refusal::Says(StatusCode::BAD_REQUEST, text));
    }
    Ok(body::json(&body::read(call.body, routes.options.payload_bytes).await?)?)
}

/// Whether a body says of itself that it is JSON, whatever it says beside.
pub(super) fn is_json(call: &Call) -> bool {
    let of = call.head.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    of.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json")
}
