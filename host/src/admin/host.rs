//! The host itself: its status, and a ping.

use http::StatusCode;
use serde::Serialize;

use super::home::VERSION;
use super::parts::{FunctionList, HostHealth, HostInfo, HostState};
use super::respond::json;
use crate::http_server::Response;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Status<'a> {
    id: &'a str,
    state: HostState,
    version: &'static str,
    version_details: &'static str,
    instance_id: &'a str,
    computer_name: &'a str,
    /// Milliseconds.
    process_uptime: u64,
    errors: Vec<String>,
}

/// `GET /admin/host/status`
pub(super) fn status(host: &HostInfo, health: &dyn HostHealth, functions: &dyn FunctionList) -> Response {
    let uptime = host.started.elapsed().as_millis();
    json(
        StatusCode::OK,
        &Status {
            id: &host.id,
            state: health.state(),
            version: VERSION,
            version_details: VERSION,
            instance_id: &host.instance_id,
            computer_name: &host.computer_name,
            process_uptime: u64::try_from(uptime).unwrap_or(u64::MAX),
            errors: functions.errors(None).into_iter().chain(health.troubles()).collect(),
        },
    )
}
