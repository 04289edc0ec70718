//! `GET /instances/{id}`: the status document.

use serde_json::{Value, json};

use super::{SHORT, WAITING, is_plain_time};
use crate::support::Scene;

on_every_worker!(
    a_running_instance_sends_the_client_on,
    a_finished_instance_sends_nobody_on,
    the_input_is_shown_unless_asked_otherwise,
    the_history_is_shown_when_asked_for,
    a_failed_instance_says_why,
);

fn a_running_instance_sends_the_client_on(scene: Scene) {
    let host = scene.start();
    host.durable().start_running(WAITING, "one", &json!("ü and \"more\""));
    let response = host.durable().status("one", "").expect(202);
    assert_eq!(response.header("retry-after"), Some("5"));
    let location = response.header("location").expect("a running instance has a location");
    let expected = format!("http://{}/runtime/webhooks/durabletask/instances/one", host.address());
    assert!(location.starts_with(&expected), "{location}");
    assert!(response.header("content-type").is_some_and(|kind| kind.starts_with("application/json")));

    let document = response.json();
    let keys = [
        "name",
        "instanceId",
        "runtimeStatus",
        "input",
        "customStatus",
        "output",
        "createdTime",
        "lastUpdatedTime",
    ];
    for key in keys {
        assert!(document.get(key).is_some(), "{key} is missing in {document}");
    }
    assert_eq!(document["name"], WAITING);
    assert_eq!(document["input"], "ü and \"more\"");
    assert_eq!((&document["output"], &document["customStatus"]), (&Value::Null, &Value::Null));
    for key in ["createdTime", "lastUpdatedTime"] {
        assert!(document[key].as_str().is_some_and(is_plain_time), "{key} in {document}");
    }
    assert_eq!(document.get("historyEvents"), None, "nobody asked for the history");
}

fn a_finished_instance_sends_nobody_on(scene: Scene) {
    let host = scene.start();
    host.durable().start(SHORT, "one", &json!(null)).expect(202);
    host.durable().wait_for("one", "Completed");
    let response = host.durable().status("one", "").expect(200);
    assert_eq!((response.header("location"), response.header("retry-after")), (None, None));
}

fn the_input_is_shown_unless_asked_otherwise(scene: Scene) {
    let host = scene.start();
    host.durable().start_running(WAITING, "one", &json!("secret"));
    for query in ["?showInput=false", "?showInput=False", "?SHOWINPUT=FALSE"] {
        let document = host.durable().status("one", query).expect(202).json();
        assert_eq!(document.get("input"), Some(&Value::Null), "{query}: the key stays, the value goes");
        assert!(!document.to_string().contains("secret"), "{document}");
    }
    for query in ["", "?showInput=true", "?showInput=True"] {
        assert_eq!(host.durable().status("one", query).expect(202).json()["input"], "secret", "{query}");
    }
}

fn the_history_is_shown_when_asked_for(scene: Scene) {
    let host = scene.start();
    host.durable().start(SHORT, "one", &json!(null)).expect(202);
    host.durable().wait_for("one", "Completed");
    let document = host.durable().status("one", "?showHistory=true").expect(200).json();
    let events = document["historyEvents"].as_array().expect("the history was asked for");
    let kinds: Vec<_> = events.iter().map(|event| event["EventType"].as_str().unwrap_or("?")).collect();
    let expected =
        ["ExecutionStarted", "TaskCompleted", "TaskCompleted", "TaskCompleted", "ExecutionCompleted"];
    assert_eq!(kinds, expected, "{document}");
    for event in events {
        assert!(event["Timestamp"].is_string(), "{event}");
    }
    for event in &events[1..4] {
        assert_eq!(event["FunctionName"], "E1_SayHello");
        assert!(event["ScheduledTime"].is_string(), "{event}");
        assert!(event.get("Result").is_none_or(Value::is_null), "results only when asked for: {event}");
    }
    assert_eq!(events[0]["FunctionName"], SHORT);

    let document =
        host.durable().status("one", "?showHistory=true&showHistoryOutput=true").expect(200).json();
    assert_eq!(document["historyEvents"][1]["Result"], "Hello Tokyo!", "{document}");
    let document = host.durable().status("one", "?showHistory=false").expect(200).json();
    assert_eq!(document.get("historyEvents"), None);
}

/// The sample waits for a boolean; another payload fails its code.
fn a_failed_instance_says_why(scene: Scene) {
    let host = scene.start();
    host.durable().start_running(WAITING, "one", &json!("x"));
    host.durable().raise("one", "Close", &json!({"not": "a boolean"})).expect(202);
    let document = host.durable().wait_for("one", "Failed");
    let output = document["output"].as_str().expect("the output of a failed instance is its failure's text");
    assert!(!output.is_empty());
    host.durable().status("one", "").expect(200);
    host.durable().status("one", "?returnInternalServerErrorOnFailure=true").expect(500);
    host.durable().status("one", "?returnInternalServerErrorOnFailure=false").expect(200);
}

#[test]
fn an_unknown_instance_is_not_found() {
    let scene = Scene::new();
    let host = scene.start();
    host.durable().status("nowhere", "").expect(404);
    host.durable().status("nowhere", "?showHistory=true").expect(404);
}
