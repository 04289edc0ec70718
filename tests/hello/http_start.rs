//! `HttpStart`: starts any orchestration by name and answers how to follow it.

use serde_json::{Value, json};

use super::GREETINGS;
use crate::support::{Host, Scene};

on_every_worker!(
    the_sequence_greets_three_cities_in_order,
    the_sequence_runs_its_activities_one_after_the_other,
    names_of_orchestrators_have_no_case,
    the_body_is_the_input,
    no_body_is_null_input,
);

/// Starts through the sample's own HTTP function; answers the instance id.
#[track_caller]
fn start(host: &Host, function: &str) -> String {
    let answer = host.post(format!("/orchestrators/{function}")).send().expect(202).json();
    answer["id"].as_str().expect("the answer names the instance").to_owned()
}

#[track_caller]
fn expect_no_instance(host: &Host) {
    assert_eq!(host.durable().list("").expect(200).json(), json!([]));
}

fn the_sequence_greets_three_cities_in_order(scene: Scene) {
    let host = scene.start();
    let id = start(&host, "E1_HelloSequence");
    host.durable().wait_for(&id, "Completed");
    let status = host.durable().status(&id, "").expect(200);
    assert!(status.text().contains(&format!(r#""output":{GREETINGS}"#)), "{status}");
    let document = status.json();
    assert_eq!((&document["name"], &document["instanceId"]), (&json!("E1_HelloSequence"), &json!(id)));
}

fn the_sequence_runs_its_activities_one_after_the_other(scene: Scene) {
    let host = scene.start();
    let id = start(&host, "E1_HelloSequence");
    let status = host.durable().wait_for(&id, "Completed");
    let events = status["historyEvents"].as_array().expect("the history was asked for");
    let told: Vec<_> = events.iter().map(|e| (e["EventType"].clone(), e["Result"].clone())).collect();
    let greeting = |city: &str| (json!("TaskCompleted"), json!(format!("Hello {city}!")));
    assert_eq!(told.len(), 5, "{status}");
    assert_eq!(told[0].0, "ExecutionStarted");
    assert_eq!(told[1..4], [greeting("Tokyo"), greeting("Seattle"), greeting("London")], "{status}");
    assert_eq!(told[4].0, "ExecutionCompleted");
}

fn names_of_orchestrators_have_no_case(scene: Scene) {
    let host = scene.start();
    let id = start(&host, "e1_hellosequence");
    let status = host.durable().wait_for(&id, "Completed");
    assert_eq!(status["output"].to_string(), GREETINGS);
}

fn the_body_is_the_input(scene: Scene) {
    let host = scene.start();
    let input = json!({"nested": [1, 2.5, null, true, "ü\u{1F381}"], "big": 9_007_199_254_740_993_u64});
    let answer = host.post("/orchestrators/E1_HelloSequence").json(&input).send().expect(202).json();
    let id = answer["id"].as_str().expect("the answer names the instance").to_owned();
    assert_eq!(host.durable().wait_for(&id, "Completed")["input"], input);
}

fn no_body_is_null_input(scene: Scene) {
    let host = scene.start();
    let id = start(&host, "E1_HelloSequence");
    let status = host.durable().wait_for(&id, "Completed");
    assert_eq!(status.get("input"), Some(&Value::Null), "{status}");
}

#[test]
fn the_answer_says_where_to_look_and_when() {
    let scene = Scene::new();
    let host = scene.start();
    let response = host.post("/orchestrators/E1_HelloSequence").send().expect(202);
    assert_eq!(response.header("retry-after"), Some("10"));
    assert_eq!(response.header("content-type"), Some("application/json; charset=utf-8"));
    let document = response.json();
    assert_eq!(response.header("location"), document["statusQueryGetUri"].as_str());
    let keys: Vec<_> = document.as_object().expect("an object").keys().map(String::as_str).collect();
    for key in [
        "id",
        "statusQueryGetUri",
        "sendEventPostUri",
        "terminatePostUri",
        "purgeHistoryDeleteUri",
        "restartPostUri",
        "suspendPostUri",
        "resumePostUri",
    ] {
        assert!(keys.contains(&key), "{key} is missing in {keys:?}");
    }
}

#[test]
fn an_unknown_orchestrator_is_an_error_of_the_function_and_starts_nothing() {
    let scene = Scene::new();
    let host = scene.start();
    host.post("/orchestrators/NoSuchThing").send().expect(500);
    // An activity is no orchestrator.
    host.post("/orchestrators/E1_SayHello").send().expect(500);
    expect_no_instance(&host);
}

#[test]
fn other_content_than_json_is_refused_and_starts_nothing() {
    let scene = Scene::new();
    let host = scene.start();
    for (kind, body) in
        [("text/plain", "hello"), ("application/json", "{not json"), ("application/json", "1 2")]
    {
        let response = host.post("/orchestrators/E1_HelloSequence").body(kind, body).send();
        assert!((400..=599).contains(&response.status), "{kind}: {response}");
    }
    expect_no_instance(&host);
    host.expect_alive();
}

#[test]
fn the_route_has_no_prefix_and_only_posts() {
    let scene = Scene::new();
    let host = scene.start();
    // Below /api stands another function, which wants a key: `functions/repo_stats/DurableFunctionsHttpStart`.
    host.post("/api/orchestrators/E1_HelloSequence").send().expect(401);
    host.get("/orchestrators/E1_HelloSequence").send().expect(404);
    host.post("/orchestrators").send().expect(404);
    host.post("/Orchestrators/E1_HelloSequence").send().expect(202);
}
