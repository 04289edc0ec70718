//! Looking at instances: one, or a list.

use fnhost_protocol::client::StatusDetail;
use fnhost_protocol::status::InstanceQuery;
use fnhost_protocol::status_document::StatusDocument;
use http::header::{LOCATION, RETRY_AFTER};
use http::{HeaderValue, StatusCode};

use super::parameters::{code_of, continuation, continue_at, existing, prefix, statuses};
use super::refusal::Refusal;
use super::routes::DurableRoutes;
use crate::admin::call::Call;
use crate::admin::respond;
use crate::http_server::Response;

/// `GET /instances/{id}`
pub(super) async fn status(routes: &DurableRoutes, call: &Call, id: &str) -> Result<Response, Refusal> {
    let detail = StatusDetail {
        input: call.query.flag("showInput", true),
        history: call.query.flag("showHistory", false),
    };
    let found = routes.api.status(existing(id)?, detail).await?;
    let mut status = found.ok_or(Refusal::NotFound)?;
    if !detail.input {
        status.input = None;
    }
    let mut document = StatusDocument::of(&status);
    if detail.history {
        document = document.with_history(&status, call.query.flag("showHistoryOutput", false));
    }
    let code = code_of(status.status, &call.query);
    let mut response = respond::json_text(code, document.to_json());
    if code == StatusCode::ACCEPTED {
        // The caller comes back with what it came with, its key included.
        let target = call.head.uri.path_and_query().map_or("/", |target| target.as_str());
        let url = format!("{}{target}", call.origin(routes.options.use_forwarded_host));
        if let Ok(location) = HeaderValue::from_bytes(url.as_bytes()) {
            response.headers_mut().insert(LOCATION, location);
        }
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("5"));
    }
    Ok(response)
}

/// `GET /instances`
pub(super) async fn list(routes: &DurableRoutes, call: &Call) -> Result<Response, Refusal> {
    let query = &call.query;
    let asked = statuses(query);
    let wanted = InstanceQuery {
        statuses: asked.clone().unwrap_or_default(),
        created_from: query.time("createdTimeFrom")?,
        created_to: query.time("createdTimeTo")?,
        id_prefix: prefix(query)?,
        top: query.count("top")?,
        continuation: continuation(&call.head.headers)?,
        show_input: query.flag("showInput", true),
    };
    if asked.is_some_and(|statuses| statuses.is_empty()) {
        return Ok(respond::json_text(StatusCode::OK, "[]".to_owned()));
    }
    let page = routes.api.query(wanted).await?;
    let documents: Vec<StatusDocument<'_>> = page.items.iter().map(StatusDocument::of).collect();
    let mut response = respond::json(StatusCode::OK, &documents);
    continue_at(&mut response, page.continuation.as_deref());
    Ok(response)
}
