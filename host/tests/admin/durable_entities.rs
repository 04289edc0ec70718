//! Entities.

use fnhost_protocol::client::ClientError;
use fnhost_protocol::failure::Failure;
use fnhost_protocol::ids::EntityId;
use fnhost_protocol::json::JsonText;
use fnhost_protocol::status::EntityStatus;
use fnhost_protocol::time::Timestamp;
use serde_json::json;

use crate::support::*;

fn entity(name: &str, key: &str, state: Option<&str>) -> EntityStatus {
    EntityStatus {
        entity: EntityId::new(name, key).unwrap(),
        state: state.map(|state| JsonText::parse(state).unwrap()),
        last_operation_at: Timestamp::parse("2026-01-01T00:00:00.25Z").unwrap(),
    }
}

fn at(path: &str) -> String {
    format!("{BASE}/entities/{path}")
}

const BAD_KEY: &str = "Entity keys must not contain /, \\, #, ?, or control characters.";

#[tokio::test]
async fn the_state_is_the_stored_json() {
    let scene = Scene::new().await;
    scene.durable.has_entity(entity("counter", "K", Some(r#"{"Value": 1}"#)));
    scene.durable.has_entity(entity("counter", "", Some("2")));
    scene.durable.has_entity(entity("counter", "gone", None));
    let answer = scene.call("GET", &at("Counter/K")).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, r#"{"Value": 1}"#), "unchanged");
    scene.durable.was_asked(&["read @counter@K"]);
    scene.call("GET", &at("counter/$")).await.is(200, json!(2));
    scene.durable.was_asked(&["read @counter@"]);
    for path in ["counter/k", "counter/gone", "other/K"] {
        scene.call("GET", &at(path)).await.is_empty(404);
    }
    scene.call("GET", &at("counter/a%2Fb")).await.is_argument_error(BAD_KEY);
    scene.call("GET", &at("coun@ter/k")).await.is_argument_error("Entity ids have the form @name@key.");
    let long = format!("counter/{}", "x".repeat(256));
    scene
        .call("GET", &at(&long))
        .await
        .is_argument_error("Instance ID lengths must not exceed 256 characters.");
}

#[tokio::test]
async fn signals_carry_json_or_text() {
    let scene = Scene::new().await;
    for (path, content_type, body, asked) in [
        ("Counter/K?op=add", "application/json", "3", r#"@counter@K "add" 3"#),
        (
            "counter/K?op=add",
            "application/json; charset=utf-8",
            r#"{"a": 1}"#,
            r#"@counter@K "add" {"a": 1}"#,
        ),
        ("counter/K?op=add", "text/plain", "3", r#"@counter@K "add" "3""#),
        ("counter/K?op=add", "", "say \"hi\"", r#"@counter@K "add" "say \"hi\"""#),
        ("counter/K?op=add", "application/json", "", r#"@counter@K "add" null"#),
        ("counter/K?op=add", "application/octet-stream", "", r#"@counter@K "add" null"#),
        ("counter/$", "application/json", "1", r#"@counter@ "" 1"#),
    ] {
        scene.send("POST", &at(path), content_type, body).await.is_empty(202);
        scene.durable.was_asked(&[&format!("signal {asked}")]);
    }
}

#[tokio::test]
async fn signals_may_be_for_later() {
    let scene = Scene::new().await;
    let path = at("Counter/K?op=add&scheduledTimeUtc=2026-01-01T00:05:00Z");
    scene.send("POST", &path, "application/json", "3").await.is_empty(202);
    let asked = r#"signal @counter@K "add" 3 At(Timestamp(1767225900000000))"#;
    scene.durable.was_asked(&[asked]);
    scene.send("POST", &at("Counter/K?scheduledTimeUtc=soon"), "", "").await.is_argument_error(
        "`scheduledTimeUtc`: `soon` is not a time; allowed: ISO 8601 such as 2026-01-31T18:00:00Z",
    );
    scene
        .send("POST", &at("Counter/K?scheduledTimeUtc=2026-01-01T00:05:00Z&timeout=1"), "", "")
        .await
        .is_argument_error(
            "`timeout` and `scheduledTimeUtc` do not go together: a scheduled operation has no answer",
        );
    scene.durable.was_asked(&[]);
}

#[tokio::test]
async fn calls_answer_with_what_the_operation_returned() {
    let scene = Scene::new().await;
    scene.durable.has_entity(entity("counter", "K", Some(r#"{"Value": 1}"#)));
    let answer = scene.send("POST", &at("Counter/K?op=get&timeout=30"), "application/json", "3").await;
    assert_eq!((answer.status, answer.body.as_str()), (200, r#"{"Value": 1}"#));
    scene.durable.was_asked(&[r#"call @counter@K "get" 3"#]);
    // Nobody answers for this one; it was asked all the same.
    scene.send("POST", &at("Counter/busy?op=get&timeout=0"), "", "").await.is_empty(202);
    scene.durable.was_asked(&[r#"call @counter@busy "get" null"#]);
    scene.durable.fails_with(ClientError::OperationFailed {
        entity: EntityId::new("counter", "K").unwrap(),
        operation: "get".to_owned(),
        failure: Box::new(Failure::new("Overdrawn", "no money").with_details("at account.rs:3")),
    });
    scene.send("POST", &at("Counter/K?op=get&timeout=30"), "", "").await.is(
        500,
        json!({
            "Message": "no money", "ExceptionMessage": "no money", "ExceptionType": "Overdrawn",
            "StackTrace": "at account.rs:3",
        }),
    );
}

#[tokio::test]
async fn signals_that_make_no_sense_are_refused() {
    let scene = Scene::new().await;
    let post = async |path: &str, content_type: &str, body: &[u8]| {
        scene.send("POST", &at(path), content_type, body).await
    };
    post("counter/k", "application/json", b"{").await.says(
        400,
        "Could not parse JSON content: invalid JSON: EOF while parsing an object at line 1 column 1",
    );
    post("counter/k", "application/json", br#""\u0000""#).await.says(
        400,
        "Could not parse JSON content: invalid JSON: the character U+0000 is not allowed in strings",
    );
    post("counter/k", "text/plain", b"a\0b")
        .await
        .is_argument_error("invalid JSON: the character U+0000 is not allowed in strings");
    post("counter/k", "text/plain", b"\xff").await.is_argument_error("the body is not UTF-8 text");
    post("counter/a%5Cb", "application/json", b"1").await.is_argument_error(BAD_KEY);
    post("counter/k?op=%00", "application/json", b"1")
        .await
        .is_argument_error("`op`: the character U+0000 is not allowed");
    scene.durable.was_asked(&[]);
    let message = "The function 'counter' doesn't exist";
    scene.durable.fails_with(ClientError::UnknownFunction { message: message.into() });
    post("counter/k", "application/json", b"1").await.is_argument_error(message);
}

#[tokio::test]
async fn deleting_is_a_signal() {
    let scene = Scene::new().await;
    scene.call("DELETE", &at("Counter/$")).await.is_empty(202);
    scene.durable.was_asked(&[r#"signal @counter@ "delete" null"#]);
    scene.call("DELETE", &at("counter/a%23b")).await.is_argument_error(BAD_KEY);
}

#[tokio::test]
async fn entities_are_listed() {
    let scene = Scene::new().await;
    scene.durable.has_entity(entity("counter", "K", Some("[1, 2]")));
    scene.durable.has_entity(entity("counter", "", None));
    scene.durable.goes_on_at("@counter@K");
    let answer = scene.call("GET", &format!("{BASE}/entities")).await;
    answer.is(
        200,
        json!([
            {"entityId": {"name": "counter", "key": ""}, "lastOperationTime": "2026-01-01T00:00:00.250000Z"},
            {
                "entityId": {"name": "counter", "key": "K"}, "lastOperationTime": "2026-01-01T00:00:00.250000Z",
                "state": [1, 2],
            },
        ]),
    );
    assert_eq!(answer.header("x-ms-continuation-token"), Some("%40counter%40K"));
    scene.durable.was_asked(&["EntityQuery { name: None, fetch_state: false, last_operation_from: None, \
                               last_operation_to: None, top: None, continuation: None }"]);
    let query = "fetchState=True&lastOperationTimeFrom=1970-01-01T00:00:01Z\
                 &lastOperationTimeTo=1970-01-01T00:00:02Z&top=3";
    scene.call("GET", &at(&format!("Counter/?{query}"))).await;
    scene.durable.was_asked(&["EntityQuery { name: Some(\"counter\"), fetch_state: true, \
                               last_operation_from: Some(Timestamp(1000000)), \
                               last_operation_to: Some(Timestamp(2000000)), top: Some(3), continuation: None }"]);
    scene.call("GET", &at("a@b")).await.is_argument_error("Entity ids have the form @name@key.");
    scene
        .call("GET", &at("counter?top=x"))
        .await
        .is_argument_error("`top`: `x` is not a whole number above 0");
}
