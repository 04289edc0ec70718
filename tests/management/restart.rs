//! Restart, and what rewinding answers while this version cannot do it.

use serde_json::json;

use super::{SHORT, WAITING};
use crate::{
    hello::GREETINGS,
    support::{Scene, until},
};

#[test]
fn rewinding_is_refused_in_the_published_order() {
    let scene = Scene::new();
    let host = scene.start();
    let durable = host.durable();
    durable.start(SHORT, "done", &json!(null)).expect(202);
    durable.wait_for("done", "Completed");
    durable.start_running(WAITING, "alive", &json!("x"));
    for (id, status) in [("nowhere", 404), ("done", 410), ("alive", 412)] {
        durable.request("POST", &format!("/instances/{id}/rewind")).send().expect(status);
    }
}

#[test]
fn restart_runs_the_same_input_again() {
    let scene = Scene::new();
    let host = scene.start();
    let durable = host.durable();
    durable.start(SHORT, "one", &json!({"k": 1})).expect(202);
    durable.wait_for("one", "Completed");

    let again = durable.request("POST", "/instances/one/restart").send().expect(202).json();
    let id = again["id"].as_str().expect("the answer names the instance").to_owned();
    assert_ne!(id, "one");
    let status = durable.wait_for(&id, "Completed");
    assert_eq!((&status["name"], &status["input"]), (&json!(SHORT), &json!({"k": 1})));

    let same = durable.request("POST", "/instances/one/restart?restartWithNewInstanceId=false").send();
    assert_eq!(same.expect(202).json()["id"], "one");
    durable.wait_for("one", "Completed");
    let waited = durable.request("POST", "/instances/one/restart?timeout=20&pollingInterval=0.1").send();
    waited.expect_text(200, GREETINGS);
}

#[test]
fn restart_asks_for_an_instance_and_for_its_end() {
    let scene = Scene::new();
    let host = scene.start();
    let durable = host.durable();
    let text = "InstanceId does not match a valid orchestration instance.";
    durable.request("POST", "/instances/nowhere/restart").send().expect_mention(400, text);
    durable.start_running(WAITING, "alive", &json!("x"));
    durable.request("POST", "/instances/alive/restart?restartWithNewInstanceId=false").send().expect(409);
    durable.request("POST", "/instances/alive/restart").send().expect(202);
    until("the copy to run beside the original", || {
        let running = durable.list("?runtimeStatus=Running").expect(200).json();
        if running.as_array().map(Vec::len) == Some(2) { Ok(()) } else { Err(running.to_string()) }
    });
}
