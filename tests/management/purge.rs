//! `DELETE /instances[/{id}]`.

use serde_json::json;

use super::{SHORT, WAITING};
use crate::support::Scene;

#[test]
fn a_live_instance_is_not_purged() {
    let scene = Scene::new();
    let host = scene.start();
    let durable = host.durable();
    durable.start_running(WAITING, "alive", &json!("x"));
    durable.purge("alive").expect(412);
    durable.control("alive", "suspend", "x").expect(202);
    durable.wait_for("alive", "Suspended");
    durable.purge("alive").expect(412);
    durable.control("alive", "resume", "x").expect(202);
    durable.raise("alive", "Close", &json!(true)).expect(202);
    assert_eq!(durable.wait_for("alive", "Completed")["output"], json!(true));
}

#[test]
fn a_finished_instance_is_purged_once() {
    let scene = Scene::new();
    let host = scene.start();
    let durable = host.durable();
    durable.start(SHORT, "done", &json!(null)).expect(202);
    durable.wait_for("done", "Completed");
    durable.purge("done").expect_text(200, r#"{"instancesDeleted":1}"#);
    durable.status("done", "").expect(404);
    durable.purge("done").expect(404);
    durable.purge("nowhere").expect(404);
    durable.start(SHORT, "done", &json!(null)).expect(202);
    durable.wait_for("done", "Completed");
}

#[test]
fn a_purge_by_filter_needs_a_beginning() {
    let scene = Scene::new();
    let host = scene.start();
    let text = r#""Please provide value for 'createdTimeFrom' parameter.""#;
    for path in ["/instances", "/instances/", "/instances?runtimeStatus=Completed"] {
        host.durable().request("DELETE", path).send().expect_text(400, text);
    }
}

#[test]
fn a_purge_by_filter_takes_what_is_finished_and_fits() {
    let scene = Scene::new().clock_at("2026-01-01T12:00:00Z");
    let host = scene.start();
    let durable = host.durable();
    for id in ["early-1", "early-2"] {
        durable.start(SHORT, id, &json!(null)).expect(202);
        durable.wait_for(id, "Completed");
    }
    durable.start_running(WAITING, "early-alive", &json!("x"));
    durable.start_running(WAITING, "early-ended", &json!("x"));
    durable.control("early-ended", "terminate", "x").expect(202);
    durable.wait_for("early-ended", "Terminated");
    host.advance("00:01:00");
    durable.start(SHORT, "late", &json!(null)).expect(202);
    durable.wait_for("late", "Completed");

    let purge = |query: &str| durable.request("DELETE", &format!("/instances{query}")).send();
    let early = "createdTimeFrom=2026-01-01T11:00:00Z&createdTimeTo=2026-01-01T12:00:30Z";
    purge(&format!("?{early}&runtimeStatus=Completed")).expect_text(200, r#"{"instancesDeleted":2}"#);
    purge(&format!("/?{early}")).expect_text(200, r#"{"instancesDeleted":1}"#);
    purge(&format!("?{early}")).expect(404);
    durable.wait_for("early-alive", "Running");
    durable.wait_for("late", "Completed");
    purge("?createdTimeFrom=2026-01-01T11:00:00Z").expect_text(200, r#"{"instancesDeleted":1}"#);
    durable.wait_for("early-alive", "Running");
}

#[test]
fn what_is_finished_for_longer_than_it_is_kept_goes_by_itself() {
    let scene = Scene::new()
        .clock_at("2026-01-01T12:00:00Z")
        .setting("AzureFunctionsJobHost__extensions__durableTask__retention__completed", "1.00:00:00");
    let host = scene.start();
    let durable = host.durable();
    durable.start(SHORT, "done", &json!(null)).expect(202);
    durable.wait_for("done", "Completed");
    durable.start_running(WAITING, "ended", &json!("x"));
    durable.control("ended", "terminate", "x").expect(202);
    durable.wait_for("ended", "Terminated");
    host.advance("23:59:00");
    durable.wait_for("done", "Completed");
    host.advance("02:00:00");
    durable.status("done", "").expect(404);
    durable.wait_for("ended", "Terminated");
}
