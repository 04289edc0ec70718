//! Blobs: what was set aside, and notifications of object stores.

use std::sync::Arc;

use bytes::Bytes;
use durable_core::store::Occurrences;
use fnhost_protocol::time::Timestamp;
use futures_util::future::BoxFuture;
use http::{Method, StatusCode};
use serde::Serialize;

use super::body;
use super::call::Call;
use super::query::Query;
use super::respond::{empty, json};
use crate::http_server::{Problem, RequestBody, Response};
use crate::keys::KeyRing;
use crate::triggers::blob::{
    Delivered, NotDelivered,
    poison::{self, Change, Chosen},
};

/// The system key that opens the webhook.
pub(super) const EXTENSION: &str = "blobs_extension";

/// More than object stores put into one notification.
const NOTIFICATION_LIMIT: usize = 1024 * 1024;

/// More than a list of ids needs.
const CHOICE_LIMIT: usize = 64 * 1024;

/// What runs for blobs on this host.
pub trait BlobListener: Send + Sync + 'static {
    /// Takes a notification of an object store, for one connection or for all. When it answers well, everything that it
    /// tells is on record.
    fn deliver(
        &self,
        connection: Option<String>,
        body: Bytes,
    ) -> BoxFuture<'static, Result<Delivered, NotDelivered>>;

    /// Says that something waits in the store that nobody has told of.
    fn look(&self);

    /// The time by which runs are due.
    fn now(&self) -> Timestamp;
}

#[derive(Serialize)]
struct Changed {
    blobs: Vec<i64>,
}

/// What is asked below `/admin/blobs/poison`: `rest` are the segments behind it.
pub(super) async fn poison(
    occurrences: &Arc<dyn Occurrences>,
    listener: &dyn BlobListener,
    method: &Method,
    rest: &[&str],
    query: &Query,
    body: RequestBody,
) -> Result<Response, Problem> {
    let store = &**occurrences;
    let change = match (method, rest) {
        (&Method::GET, []) => {
            let bad = |error: &dyn std::fmt::Display| {
                Problem::new(StatusCode::BAD_REQUEST, "badParameter").detail(error.to_string())
            };
            let top = query.count("top").map_err(|error| bad(&error))?;
            let after = query.count("after").map_err(|error| bad(&error))?.map(i64::from);
            let page = poison::list(store, query.get("function"), after, top).await.map_err(unavailable)?;
            return Ok(json(StatusCode::OK, &page));
        }
        (&Method::POST, ["redrive"]) => Change::Redrive(listener.now()),
        (&Method::POST, ["discard"]) => Change::Discard,
        _ => return Ok(empty(StatusCode::NOT_FOUND)),
    };
    let chosen: Chosen = body::value(body, CHOICE_LIMIT).await?;
    chosen
        .check()
        .map_err(|why| Problem::new(StatusCode::BAD_REQUEST, "unclearChoice").detail(why.to_owned()))?;
    let blobs = poison::change(store, &chosen, change).await.map_err(unavailable)?;
    listener.look();
    Ok(json(StatusCode::OK, &Changed { blobs }))
}

fn unavailable(error: durable_core::store::StoreError) -> Problem {
    tracing::warn!(%error, "the list of blobs that were set aside cannot be read or changed");
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "storeUnavailable")
        .detail("the store cannot be used now; try again later")
}

/// `POST /runtime/webhooks/blobs`: a notification. Answered well only when all of it is on record.
pub(super) async fn webhook(listener: &dyn BlobListener, keys: &KeyRing, call: Call) -> Response {
    let key = call.key();
    if !keys.check_system(EXTENSION, key.as_deref()).is_allowed() {
        return empty(StatusCode::UNAUTHORIZED);
    }
    drop(key);
    if call.method() != Method::POST {
        return empty(StatusCode::NOT_FOUND);
    }
    let connection = call.query.get("connection").map(str::to_owned);
    let body = match body::read(call.body, NOTIFICATION_LIMIT).await {
        Ok(body) => body,
        Err(error) => return Problem::from(error).into_response(),
    };
    match listener.deliver(connection, body).await {
        Ok(delivered) => json(StatusCode::OK, &delivered),
        Err(NotDelivered::Bad(why)) => {
            Problem::new(StatusCode::BAD_REQUEST, "badNotification").detail(why).into_response()
        }
        Err(NotDelivered::Later(why)) => {
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "sendAgain").detail(why).into_response()
        }
    }
}
