//! The stored state behind the registry, as the management API shows it: Pascal case, unchanged.

use serde_json::json;

use super::steps::{Registry, wait_for_stats};
use crate::support::Scene;

on_every_worker!(
    stored_state_keeps_its_own_spelling,
    the_statistics_live_under_the_empty_key,
    a_signal_from_outside_counts_like_a_guest,
    the_history_names_the_activity,
);

fn stored_state_keeps_its_own_spelling(scene: Scene) {
    let host = scene.start();
    let registry = Registry::open(&host);
    registry.add("Commodore 64");
    let expected = format!(r#"{{"Id":"{}","Items":["Commodore 64"]}}"#, registry.id);
    host.durable().wait_for_entity("RegistryList", &registry.id, &expected);
    host.durable().wait_for_entity("registrylist", &registry.id, &expected);
}

fn the_statistics_live_under_the_empty_key(scene: Scene) {
    let host = scene.start();
    host.durable().entity("RegistryStats", "").expect(404);
    Registry::open(&host).add("Zork Trilogy");
    wait_for_stats(&host, 1, 1);
    host.durable().wait_for_entity("RegistryStats", "", r#"{"RegistryCount":1,"ItemsCount":1}"#);
}

fn a_signal_from_outside_counts_like_a_guest(scene: Scene) {
    let host = scene.start();
    let registry = Registry::open(&host);
    host.durable().signal("RegistryList", &registry.id, "AddItem", &json!("by signal")).expect(202);
    registry.add("by guest");
    registry.wait_for_items(&["by signal", "by guest"]);
}

fn the_history_names_the_activity(scene: Scene) {
    let host = scene.start();
    let registry = Registry::open(&host);
    registry.try_finish().expect(200);
    registry.wait_for_close();
    let status = host.durable().status(&registry.id, "?showHistory=true").expect(200).json();
    let events = status["historyEvents"].as_array().expect("the history was asked for");
    let kinds: Vec<_> = events.iter().map(|event| event["EventType"].as_str().unwrap_or("?")).collect();
    assert_eq!(
        kinds,
        ["ExecutionStarted", "TaskCompleted", "EventRaised", "TimerCanceled", "ExecutionCompleted"],
        "{status}"
    );
    assert_eq!(events[1]["FunctionName"], "NewList");
    assert!(events[1]["ScheduledTime"].is_string(), "{status}");
}
