//! The timers of the app: what is on record of their schedules, and their next times.

use durable_core::store::StoreError;
use fnhost_protocol::time::Timestamp;
use http::StatusCode;
use serde_json::{Value, json};

use super::parts::TimerList;
use super::respond;
use crate::app::function::Function;
use crate::http_server::{Problem, Response};
use crate::triggers::timer::TimerState;

/// `GET /admin/timers`
pub(super) async fn list(timers: &dyn TimerList) -> Result<Response, Problem> {
    let listed = timers.timers(None).await.map_err(|error| unreadable(&error))?;
    let all: Vec<Value> = listed.iter().map(document).collect();
    Ok(respond::json(StatusCode::OK, &all))
}

/// The timer of a function, as its status shows it; `null` when it is switched off.
pub(super) async fn one(function: &Function, timers: &dyn TimerList) -> Result<Value, Problem> {
    let name = function.name().to_string();
    let listed = timers.timers(Some(name)).await.map_err(|error| unreadable(&error))?;
    Ok(listed.first().map_or(Value::Null, state))
}

fn unreadable(error: &StoreError) -> Problem {
    tracing::error!(%error, "what is on record of timers cannot be read");
    Problem::internal()
}

fn document(timer: &TimerState) -> Value {
    let mut document = state(timer);
    document["name"] = json!(timer.function);
    document["schedule"] = json!(timer.schedule);
    document["timeZone"] = json!(timer.zone);
    document
}

/// What is on record, in Azure's words, and what comes next.
fn state(timer: &TimerState) -> Value {
    let time = |at: Option<Timestamp>| at.map(|at| at.to_seconds_text());
    let status = timer.status.map(|status| {
        json!({
            "last": time(status.last),
            "next": time(status.next),
            "lastUpdated": time(status.last_updated),
        })
    });
    let next: Vec<Value> =
        timer.next.iter().map(|(at, local)| json!({ "utc": at.to_seconds_text(), "local": local })).collect();
    json!({ "scheduleStatus": status, "next": next })
}
