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
