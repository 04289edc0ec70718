//! Health checks, for whoever restarts hosts and sends them traffic. Open to everybody: probes carry no keys.

use http::{Method, StatusCode};
use serde::Serialize;

use super::parts::{HostHealth, NotReady};
use super::respond::{empty, json};
use crate::http_server::Response;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Ready {
    status: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    not_ready: Vec<NotReady>,
}

/// `GET /admin/health/{live,ready}`
pub(super) fn answer(health: &dyn HostHealth, method: &Method, which: &str) -> Response {
    match (method, which) {
        // That this line runs is the answer.
        (&Method::GET, "live") => json(StatusCode::OK, &Ready { status: "alive", not_ready: Vec::new() }),
        (&Method::GET, "ready") => {
            let not_ready = health.not_ready();
            let (code, status) = match not_ready.is_empty() {
                true => (StatusCode::OK, "ready"),
                false => (StatusCode::SERVICE_UNAVAILABLE, "notReady"),
            };
            json(code, &Ready { status, not_ready })
        }
        _ => empty(StatusCode::NOT_FOUND),
    }
}
