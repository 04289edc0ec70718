//! How a registry ends: by its owner, by its window, by an event that says no. Time is the test's.

use serde_json::json;

use super::steps::{Registry, wait_for_stats};
use crate::support::{Host, Scene};

const START: &str = "2026-01-01T00:00:00Z";

on_every_worker!(
    finish_closes_with_true,
    a_second_finish_is_refused_after_the_first_took_effect,
    the_window_closes_after_five_minutes_with_false,
    the_window_is_a_setting,
    finish_cancels_the_window,
    close_with_false_counts_as_timed_out,
    event_names_have_no_case,
    a_closed_registry_still_shows_its_items,
);

/// A registry whose timer has been created, so that moving the clock moves its window.
fn open_window(host: &Host) -> Registry<'_> {
    let registry = Registry::open(host);
    host.advance("00:00:00");
    registry
}

fn finish_closes_with_true(scene: Scene) {
    let host = scene.start();
    let registry = Registry::open(&host);
    registry.add("Commodore 64");
    registry.try_finish().expect_text(200, "");
    assert_eq!(registry.wait_for_close(), json!(true));
}

fn a_second_finish_is_refused_after_the_first_took_effect(scene: Scene) {
    let host = scene.start();
    let registry = Registry::open(&host);
    registry.try_finish().expect_text(200, "");
    // Right after the first one, both answers are allowed; a third party's view decides.
    let second = registry.try_finish();
    assert!(matches!(second.status, 200 | 400), "{second}");
    assert_eq!(registry.wait_for_close(), json!(true));
    let text = format!("Instance {} is not active.", registry.id);
    registry.try_finish().expect_text(400, &text);
}

fn the_window_closes_after_five_minutes_with_false(scene: Scene) {
    let host = scene.clock_at(START).start();
    let registry = open_window(&host);
    registry.add("in time");
    host.advance("00:04:59");
    registry.expect_open();
    registry.add("at the last second");
    host.advance("00:00:01");

    // The clock answers when what became due has happened: no waiting here.
    assert_eq!(registry.peek()["status"], "Closed");
    assert_eq!(registry.wait_for_close(), json!(false));
    registry.wait_for_items(&["in time", "at the last second"]);
    wait_for_stats(&host, 1, 2);
}

fn the_window_is_a_setting(scene: Scene) {
    let host = scene.clock_at(START).setting("RegistryOpenSeconds", 20).start();
    let registry = open_window(&host);
    host.advance("00:00:19");
    registry.expect_open();
    host.advance("00:00:01");
    assert_eq!(registry.wait_for_close(), json!(false));
}

fn finish_cancels_the_window(scene: Scene) {
    let host = scene.clock_at(START).start();
    let registry = open_window(&host);
    host.advance("00:04:59");
    registry.try_finish().expect_text(200, "");
    assert_eq!(registry.wait_for_close(), json!(true));
    host.advance("01:00:00");
    let status = host.durable().status(&registry.id, "").expect(200).json();
    assert_eq!((&status["runtimeStatus"], &status["output"]), (&json!("Completed"), &json!(true)));
    assert!(status["lastUpdatedTime"].as_str().is_some_and(|time| time < "2026-01-01T00:06"), "{status}");
}

fn close_with_false_counts_as_timed_out(scene: Scene) {
    let host = scene.start();
    let registry = Registry::open(&host);
    host.durable().raise(&registry.id, "Close", &json!(false)).expect(202);
    assert_eq!(registry.wait_for_close(), json!(false));
}

fn event_names_have_no_case(scene: Scene) {
    let host = scene.start();
    let registry = Registry::open(&host);
    host.durable().raise(&registry.id, "Other", &json!("nobody waits for this")).expect(202);
    host.durable().raise(&registry.id, "cLOSE", &json!(true)).expect(202);
    assert_eq!(registry.wait_for_close(), json!(true));
}

fn a_closed_registry_still_shows_its_items(scene: Scene) {
    let host = scene.start();
    let registry = Registry::open(&host);
    registry.add("Lava Lamp");
    registry.wait_for_items(&["Lava Lamp"]);
    registry.try_finish().expect(200);
    registry.wait_for_close();
    let expected =
        format!(r#"{{"status":"Closed","registry":{{"id":"{}","items":["Lava Lamp"]}}}}"#, registry.id);
    host.get(format!("/api/Peek/{}", registry.id)).send().expect_text(200, &expected);
}
