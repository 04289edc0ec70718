//! The retry policies of function files, for calls whose code names none.

use fnhost_protocol::TriggerKind;
use fnhost_sdk::host::RetryDefaults;

use super::known;
use crate::app::Functions;

/// The policies of the app's activities and orchestrations, by the names by which code calls them.
pub fn retry_defaults(functions: &Functions) -> RetryDefaults {
    let called = functions.iter().filter(|function| {
        matches!(function.trigger().kind(), TriggerKind::Activity | TriggerKind::Orchestration)
    });
    called
        .filter_map(|function| {
            let policy = function.retry()?.clone();
            Some((function.trigger().kind(), known::durable_name(function), policy))
        })
        .collect()
}
