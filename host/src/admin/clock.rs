//! Turning the host's clock, where it is one that can be turned: that is how tests of an app let hours pass.

use std::sync::Arc;

use http::StatusCode;
use serde::{Deserialize, Serialize};

use super::body;
use super::parts::ClockControl;
use super::respond::json;
use crate::config::timespan;
use crate::http_server::{Problem, RequestBody, Response};

/// More than any request needs.
const BODY_LIMIT: usize = 4 * 1024;

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    by: Option<String>,
}

#[derive(Serialize)]
struct Now {
    now: String,
}

/// `POST /admin/clock/advance`
pub(super) async fn advance(clock: Arc<dyn ClockControl>, body: RequestBody) -> Result<Response, Problem> {
    let Advance { by } = body::value(body, BODY_LIMIT).await?;
    let bad = |detail: String| {
        Problem::new(StatusCode::BAD_REQUEST, "badTimeSpan").detail(detail).allowed("[d.]hh:mm:ss[.fffffff]")
    };
    let by = by.ok_or_else(|| bad("`by` is missing".to_owned()))?;
    let span =
        timespan::parse(&by).map_err(|error| bad(format!("`by` is no time-span: {error}")).found(by))?;
    clock.advance(span).await;
    Ok(json(StatusCode::OK, &Now { now: clock.now().to_string() }))
}
