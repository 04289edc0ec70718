//! `terminate`, `suspend`, `resume`.

use serde_json::json;

use super::{SHORT, WAITING};
use crate::{hello::GREETINGS, support::Scene};

on_every_worker!(
    terminate_ends_with_the_reason_as_output,
    events_while_suspended_are_delivered_in_order_after_resume,
    a_timer_that_fires_while_suspended_counts_after_resume,
    terminate_ends_a_suspended_instance,
);

fn terminate_ends_with_the_reason_as_output(scene: Scene) {
    let host = scene.start();
    let durable = host.durable();
    durable.start_running(WAITING, "one", &json!("x"));
    durable.control("one", "terminate", "Genug für heute & \"Schluss\"").expect(202);
    let status = durable.wait_for("one", "Terminated");
    assert_eq!(status["output"], "Genug für heute & \"Schluss\"");
    durable.status("one", "").expect(200);
}

fn events_while_suspended_are_delivered_in_order_after_resume(scene: Scene) {
    let host = scene.start();
    let durable = host.durable();
    for (id, first) in [("false-first", false), ("true-first", true)] {
        durable.start_running(WAITING, id, &json!("x"));
        durable.control(id, "suspend", "pause").expect(202);
        durable.wait_for(id, "Suspended");
        durable.status(id, "").expect(202);
        durable.raise(id, "Close", &json!(first)).expect(202);
        durable.raise(id, "Close", &json!(!first)).expect(202);
        assert_eq!(durable.status(id, "").json()["runtimeStatus"], "Suspended", "events do not wake it");
        durable.control(id, "suspend", "again").expect(202);
        durable.control(id, "resume", "go on").expect(202);
        // The code takes the first event it is given and ends with its value.
        assert_eq!(durable.wait_for(id, "Completed")["output"], json!(first));
    }
}

fn a_timer_that_fires_while_suspended_counts_after_resume(scene: Scene) {
    let scene = scene.clock_at("2026-01-01T00:00:00Z");
    let host = scene.start();
    let durable = host.durable();
    durable.start_running(WAITING, "one", &json!("x"));
    host.advance("00:01:00");
    durable.control("one", "suspend", "pause").expect(202);
    durable.wait_for("one", "Suspended");
    host.advance("00:10:00");
    assert_eq!(durable.status("one", "").json()["runtimeStatus"], "Suspended");
    durable.control("one", "resume", "go on").expect(202);
    assert_eq!(durable.wait_for("one", "Completed")["output"], json!(false));
}

fn terminate_ends_a_suspended_instance(scene: Scene) {
    let host = scene.start();
    let durable = host.durable();
    durable.start_running(WAITING, "one", &json!("x"));
    durable.control("one", "suspend", "pause").expect(202);
    durable.wait_for("one", "Suspended");
    durable.raise("one", "Close", &json!(true)).expect(202);
    durable.control("one", "terminate", "over").expect(202);
    assert_eq!(durable.wait_for("one", "Terminated")["output"], "over");
}

#[test]
fn what_is_unknown_or_finished_cannot_be_controlled() {
    let scene = Scene::new();
    let host = scene.start();
    let durable = host.durable();
    durable.start(SHORT, "done", &json!(null)).expect(202);
    durable.wait_for("done", "Completed");
    durable.start_running(WAITING, "ended", &json!("x"));
    durable.control("ended", "terminate", "x").expect(202);
    durable.wait_for("ended", "Terminated");
    for verb in ["terminate", "suspend", "resume"] {
        durable.control("nowhere", verb, "x").expect(404);
        durable.control("done", verb, "x").expect(410);
        durable.control("ended", verb, "x").expect(410);
    }
    assert_eq!(durable.status("done", "").json()["output"].to_string(), GREETINGS);
}

#[test]
fn a_reason_may_be_missing() {
    let scene = Scene::new();
    let host = scene.start();
    let durable = host.durable();
    durable.start_running(WAITING, "one", &json!("x"));
    for (verb, status) in [("suspend", "Suspended"), ("resume", "Running"), ("terminate", "Terminated")] {
        durable.request("POST", &format!("/instances/one/{verb}")).send().expect(202);
        durable.wait_for("one", status);
    }
}
