//! Tells a webhook that a run is over: as the published app does, a list of one Event Grid event, or as a CloudEvent.
//! A webhook that does not take it does not fail the run.

use std::time::SystemTime;

use fnhost_sdk::{JsonText, Logger, Result, Settings, StatusCode, Timestamp, Uuid, bail};
use serde_json::{Value, json};

use super::documents::{Published, day_of};
use crate::web;

pub async fn run(run_id: String, settings: Settings, log: Logger) -> Result<Published> {
    let endpoint = settings.get("EventGridEndpoint")?;
    let key = settings.get("EventGridKey")?;
    let now = Timestamp::from(SystemTime::now()).to_string();
    let (content_type, event) = match settings.find("EventSchema").as_deref() {
        None | Some("EventGrid") => ("application/json", json!([event_grid_event(&run_id, &now)?])),
        Some("CloudEvents") => ("application/cloudevents+json; charset=utf-8", cloud_event(&run_id, &now)?),
        Some(other) => bail!("the setting `EventSchema` is `{other}`; allowed: EventGrid, CloudEvents"),
    };
    let ask = web::post(&*endpoint, &event).header("content-type", content_type).header("aeg-sas-key", &*key);
    // An endpoint may carry a key in its query.
    let success = match ask.called("the webhook").send().await {
        Ok(answer) => answer.status == StatusCode::OK,
        Err(error) => {
            log.warn(format_args!("run {run_id} is not published: {error}"));
            false
        }
    };
    Ok(Published { success, data: JsonText::of(&event)? })
}

fn event_grid_event(run_id: &str, now: &str) -> Result<Value> {
    Ok(json!({
        "id": id(run_id),
        "subject": "RunCompleted",
        "data": data(run_id)?,
        "eventType": "GithubStats",
        "eventTime": now,
        "dataVersion": "1.0",
    }))
}

fn cloud_event(run_id: &str, now: &str) -> Result<Value> {
    Ok(json!({
        "specversion": "1.0",
        "id": id(run_id),
        "source": "/fnhost/repo_stats",
        "type": "GithubStats",
        "subject": "RunCompleted",
        "time": now,
        "datacontenttype": "application/json",
        "data": data(run_id)?,
    }))
}

fn data(run_id: &str) -> Result<Value> {
    Ok(json!({ "runInfoId": run_id, "runInfoDate": day_of(run_id.parse()?) }))
}

/// The same for the same run: a host that dies may publish twice, and receivers can tell.
fn id(run_id: &str) -> String {
    Uuid::new_v5(&Uuid::NAMESPACE_URL, format!("fnhost:repo_stats:{run_id}").as_bytes()).simple().to_string()
}
