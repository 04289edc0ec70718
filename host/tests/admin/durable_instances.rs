//! Looking at instances.

use fnhost_protocol::client::ClientError;
use fnhost_protocol::failure::Failure;
use fnhost_protocol::history::{EventKind, HistoryEvent};
use fnhost_protocol::json::JsonText;
use fnhost_protocol::status::{InstanceStatus, RuntimeStatus};
use fnhost_protocol::time::Timestamp;
use serde_json::{Value, json};

use crate::support::*;

fn document(status: &str, output: Value) -> Value {
    json!({
        "name": "Hello", "instanceId": "abc", "runtimeStatus": status, "input": {"in": 1},
        "customStatus": null, "output": output,
        "createdTime": "2026-01-01T00:00:00Z", "lastUpdatedTime": "2026-01-01T00:00:01Z",
    })
}

#[tokio::test]
async fn the_status_tells_whether_to_come_back() {
    let scene = Scene::new().await;
    let target = format!("{BASE}/instances/abc?taskHub=MyHub&code={SYSTEM}");
    for status in RuntimeStatus::ALL {
        scene.durable.has(instance("abc", status));
        let answer = scene.with_key("GET", &target, None).await;
        let output = if status.is_terminal() { json!("out") } else { Value::Null };
        let (code, location, retry_after) = match status.is_terminal() {
            true => (200, None, None),
            false => (202, Some(format!("{ORIGIN}{target}")), Some("5")),
        };
        answer.is(code, document(status.as_str(), output));
        assert_eq!(answer.header("location"), location.as_deref(), "{status}");
        assert_eq!(answer.header("retry-after"), retry_after, "{status}");
    }
}

#[tokio::test]
async fn a_failure_is_an_error_only_on_request() {
    let scene = Scene::new().await;
    let failure = Some(Failure::new("Error", "boom"));
    scene.durable.has(InstanceStatus { output: None, failure, ..instance("abc", RuntimeStatus::Failed) });
    let text = json!("Orchestrator function 'Hello' failed: boom");
    let get = async |query: &str| scene.call("GET", &format!("{BASE}/instances/abc?{query}")).await;
    get("").await.is(200, document("Failed", text.clone()));
    get("returnInternalServerErrorOnFailure=true").await.is(500, document("Failed", text));
    scene.durable.has(instance("abc", RuntimeStatus::Completed));
    assert_eq!(get("returnInternalServerErrorOnFailure=true").await.status, 200);
}

#[tokio::test]
async fn input_and_history_are_shown_as_asked() {
    let scene = Scene::new().await;
    let at = |second: i64| Timestamp::from_micros(second * 1_000_000);
    scene.durable.has(InstanceStatus {
        history: Some(vec![
            HistoryEvent::new(at(0), EventKind::TurnStarted),
            HistoryEvent::new(
                at(1),
                EventKind::TaskScheduled { id: 0, name: "Work".into(), input: JsonText::null(), retry: None },
            ),
            HistoryEvent::new(at(2), EventKind::TaskCompleted { id: 0, result: JsonText::string("r") }),
        ]),
        ..instance("abc", RuntimeStatus::Running)
    });
    let get = async |query: &str| scene.call("GET", &format!("{BASE}/instances/abc?{query}")).await.json();

    assert!(get("").await.get("historyEvents").is_none());
    scene.durable.was_asked(&["status abc input=true history=false"]);
    assert_eq!(get("showInput=False").await["input"], Value::Null);
    scene.durable.was_asked(&["status abc input=false history=false"]);
    let line = json!({
        "EventType": "TaskCompleted", "FunctionName": "Work",
        "ScheduledTime": "1970-01-01T00:00:01.000000Z", "Timestamp": "1970-01-01T00:00:02.000000Z",
    });
    assert_eq!(get("showHistory=True").await["historyEvents"], json!([line]));
    scene.durable.was_asked(&["status abc input=true history=true"]);
    let shown = get("showHistory=true&showHistoryOutput=true").await;
    assert_eq!(shown["historyEvents"][0]["Result"], "r");
}

#[tokio::test]
async fn what_is_not_there_has_no_status() {
    let scene = Scene::new().await;
    for id in ["unknown", "@counter@k", "a%2Fb", &"x".repeat(257)] {
        scene.call("GET", &format!("{BASE}/instances/{id}")).await.is_empty(404);
    }
    scene.durable.was_asked(&["status unknown input=true history=false"]);
    scene.durable.fails_with(ClientError::Unavailable { message: "busy".into() });
    scene
        .call("GET", &format!("{BASE}/instances/abc"))
        .await
        .says(500, "Something went wrong while processing your request");
}

#[tokio::test]
async fn lists_are_filtered_and_go_on() {
    let scene = Scene::new().await;
    scene.durable.has(instance("abc", RuntimeStatus::Running));
    let answer = scene.call("GET", &format!("{BASE}/instances")).await;
    answer.is(200, json!([document("Running", Value::Null)]));
    assert_eq!(answer.header("x-ms-continuation-token"), None);
    scene.durable.was_asked(&[
        "InstanceQuery { statuses: [], created_from: None, created_to: None, id_prefix: None, \
                               top: None, continuation: None, show_input: true }",
    ]);

    scene.durable.goes_on_at("order ü%1");
    let query = "runtimeStatus=Failed,running,Bogus&runtimeStatus=Pending&createdTimeFrom=1970-01-01T00:00:01Z\
                 &createdTimeTo=1970-01-01T00:00:02Z&instanceIdPrefix=or&top=5&showInput=false";
    let answer = scene.call("GET", &format!("{BASE}/instances/?{query}")).await;
    scene.durable.was_asked(&["InstanceQuery { statuses: [Pending, Running, Failed], \
                               created_from: Some(Timestamp(1000000)), created_to: Some(Timestamp(2000000)), \
                               id_prefix: Some(\"or\"), top: Some(5), continuation: None, show_input: false }"]);
    let token = answer.header("x-ms-continuation-token").unwrap().to_owned();
    assert_eq!(token, "order%20%C3%BC%251");

    let headers = [("x-ms-continuation-token", token.as_str()), ("x-functions-key", MASTER)];
    assert_eq!(scene.raw("GET", &format!("{BASE}/instances"), &headers, b"").await.status, 200);
    scene.durable.was_asked(&[
        "InstanceQuery { statuses: [], created_from: None, created_to: None, id_prefix: None, \
                               top: None, continuation: Some(\"order ü%1\"), show_input: true }",
    ]);
}

#[tokio::test]
async fn statuses_that_never_occur_match_nothing_and_unknown_words_are_ignored() {
    let scene = Scene::new().await;
    scene.durable.has(instance("abc", RuntimeStatus::Running));
    for query in ["runtimeStatus=Canceled", "runtimeStatus=continuedasnew,Bogus"] {
        scene.call("GET", &format!("{BASE}/instances?{query}")).await.is(200, json!([]));
        scene.durable.was_asked(&[]);
    }
    for query in ["runtimeStatus=Bogus", "runtimeStatus="] {
        let list = scene.call("GET", &format!("{BASE}/instances?{query}")).await.json();
        assert_eq!(list.as_array().map(Vec::len), Some(1), "{query}");
    }
}

#[tokio::test]
async fn filters_that_make_no_sense_are_refused() {
    let scene = Scene::new().await;
    for (query, why) in [
        (
            "createdTimeFrom=soon",
            "`createdTimeFrom`: `soon` is not a time; allowed: ISO 8601 such as 2026-01-31T18:00:00Z",
        ),
        (
            "createdTimeTo=1",
            "`createdTimeTo`: `1` is not a time; allowed: ISO 8601 such as 2026-01-31T18:00:00Z",
        ),
        ("top=0", "`top`: `0` is not a whole number above 0"),
        ("top=many", "`top`: `many` is not a whole number above 0"),
        ("instanceIdPrefix=%00", "`instanceIdPrefix`: the character U+0000 is not allowed"),
    ] {
        scene.call("GET", &format!("{BASE}/instances?{query}")).await.is_argument_error(why);
    }
    for token in ["%FF", "%00"] {
        let headers = [("x-ms-continuation-token", token), ("x-functions-key", MASTER)];
        scene
            .raw("GET", &format!("{BASE}/instances"), &headers, b"")
            .await
            .is_argument_error("`x-ms-continuation-token`: not a token that this host gave out");
    }
    scene.durable.was_asked(&[]);
}
