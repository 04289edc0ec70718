//! Starting orchestrations: bodies, ids, waiting, and the check-status answer.

use fnhost_protocol::client::ClientError;
use fnhost_protocol::failure::Failure;
use fnhost_protocol::ids::InstanceId;
use fnhost_protocol::status::{InstanceStatus, RuntimeStatus};
use serde_json::json;

use crate::support::*;

fn start(rest: &str) -> String {
    format!("{BASE}/orchestrators/{rest}")
}

#[tokio::test]
async fn the_answer_is_202_with_all_links() {
    let scene = Scene::new().await;
    let answer = scene.json("POST", &start("Hello/order%201"), r#"{"a": 1}"#).await;
    let id = InstanceId::parse("order 1").unwrap();
    let instance = format!("{ORIGIN}{BASE}/instances/order%201");
    let query = format!("taskHub=MyHub&connection=Storage&code={}", scene.keys.tokens().token(&id));
    answer.is(
        202,
        json!({
            "id": "order 1",
            "statusQueryGetUri": format!("{instance}?{query}"),
            "sendEventPostUri": format!("{instance}/raiseEvent/{{eventName}}?{query}"),
            "terminatePostUri": format!("{instance}/terminate?reason={{text}}&{query}"),
            "purgeHistoryDeleteUri": format!("{instance}?{query}"),
            "restartPostUri": format!("{instance}/restart?{query}"),
            "suspendPostUri": format!("{instance}/suspend?reason={{text}}&{query}"),
            "resumePostUri": format!("{instance}/resume?reason={{text}}&{query}"),
        }),
    );
    assert!(answer.body.starts_with(r#"{"id":"order 1","statusQueryGetUri":"#), "the published order");
    assert_eq!(answer.header("location"), Some(&*format!("{instance}?{query}")));
    assert_eq!(answer.header("retry-after"), Some("10"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    scene.durable.was_asked(&[r#"start Hello Some("order 1") {"a": 1}"#]);
}

#[tokio::test]
async fn bodies_become_inputs() {
    let scene = Scene::new().await;
    for (content_type, body, input) in [
        ("application/json", "", "null"),
        ("", "", "null"),
        ("application/json", " [1, 2] ", "[1, 2]"),
        ("", "3", "3"),
        ("application/octet-stream", "\"text\"", "\"text\""),
        ("application/json; charset=utf-8", r#""{\"a\": 1}""#, r#""{\"a\": 1}""#),
        ("application/json", "\u{feff}{}", "{}"),
    ] {
        let answer = scene.send("POST", &start("Hello"), content_type, body).await;
        assert_eq!((answer.status, answer.json()["id"].as_str()), (202, Some("generated")), "{body}");
        scene.durable.was_asked(&[&format!("start Hello None {input}")]);
    }
    scene.call("POST", &start("Hello/")).await;
    scene.durable.was_asked(&["start Hello None null"]);
}

#[tokio::test]
async fn bodies_that_are_no_json_are_refused() {
    let scene = Scene::new().await;
    let post = async |body: &[u8]| scene.json("POST", &start("Hello"), body).await;
    post(b"{").await.is_json_error("invalid JSON: EOF while parsing an object at line 1 column 1");
    post(b" ").await.is_json_error("invalid JSON: EOF while parsing a value at line 1 column 1");
    post(b"\xff").await.is_json_error("the body is not UTF-8 text");
    let nul = "invalid JSON: the character U+0000 is not allowed in strings";
    post(br#"{"a":["x\u0000"]}"#).await.is_json_error(nul);
    post(br#"{"\u0000":1}"#).await.is_json_error(nul);
    post(&[b'1'; LIMIT + 1])
        .await
        .says(413, "The request body has more than the 1000 bytes that are allowed (maxPayloadSize).");
    scene.durable.was_asked(&[]);
    assert_eq!(post(&[b'1'; LIMIT]).await.status, 202);
}

#[tokio::test]
async fn ids_follow_the_published_rules() {
    let scene = Scene::new().await;
    let post = async |id: &str| scene.call("POST", &start(&format!("Hello/{id}"))).await;
    post("@x").await.is_argument_error("Orchestration instance ids must not start with @.");
    let forbidden = "Orchestration instance ids must not contain /, \\, #, ?, or control characters.";
    for id in ["a%2Fb", "a%5Cb", "a%23b", "a%3Fb", "a%00b", "a%0Ab"] {
        post(id).await.is_argument_error(forbidden);
    }
    post(&"x".repeat(257)).await.is_argument_error("Instance ID lengths must not exceed 256 characters.");
    scene.durable.was_asked(&[]);
    // A bad body is told before a bad id.
    assert_eq!(scene.json("POST", &start("Hello/@x"), "{").await.json()["Message"], "Invalid JSON content");
}

#[tokio::test]
async fn refusals_of_the_engine_have_their_forms() {
    let scene = Scene::new().await;
    let message = "The function 'X' doesn't exist, is disabled, or is not an orchestrator function. Additional info: \
                   The following are the known orchestrator functions: 'A', 'B'.";
    scene.durable.fails_with(ClientError::UnknownFunction { message: message.into() });
    scene.call("POST", &start("X")).await.is_argument_error(message);

    let id = InstanceId::parse("abc").unwrap();
    scene.durable.fails_with(ClientError::AlreadyExists { id, status: RuntimeStatus::Running });
    scene
        .call("POST", &start("Hello/abc"))
        .await
        .says(409, "an orchestration instance with id `abc` already exists and is in the Running state");

    scene.durable.fails_with(ClientError::InvalidArgument { message: "the input has 12 bytes".into() });
    scene.call("POST", &start("Hello")).await.is_argument_error("the input has 12 bytes");

    scene.durable.fails_with(ClientError::Unavailable { message: "secret cause".into() });
    scene.call("POST", &start("Hello")).await.says(500, "Something went wrong while processing your request");
}

#[tokio::test]
async fn waiting_answers_what_became_of_it() {
    let scene = Scene::new().await;
    let wait = async |query: &str| scene.call("POST", &start(&format!("Hello/abc?{query}"))).await;

    scene.durable.has(instance("abc", RuntimeStatus::Completed));
    wait("timeout=1.5").await.is(200, json!("out"));
    scene.durable.was_asked(&[r#"start Hello Some("abc") null and wait 1.5s"#]);

    scene.durable.has(instance("abc", RuntimeStatus::Terminated));
    let document = json!({
        "name": "Hello", "instanceId": "abc", "runtimeStatus": "Terminated", "input": {"in": 1},
        "customStatus": null, "output": "out",
        "createdTime": "2026-01-01T00:00:00Z", "lastUpdatedTime": "2026-01-01T00:00:01Z",
    });
    wait("timeout=10&pollingInterval=1").await.is(200, document);

    scene.durable.has(InstanceStatus {
        output: None,
        failure: Some(Failure::new("Error", "no stock")),
        ..instance("abc", RuntimeStatus::Failed)
    });
    let failed = wait("timeout=10").await;
    assert_eq!(
        (failed.status, failed.json()["output"].as_str()),
        (200, Some("Orchestrator function 'Hello' failed: no stock"))
    );
    let failed = wait("timeout=10&returnInternalServerErrorOnFailure=TRUE").await;
    assert_eq!((failed.status, failed.json()["runtimeStatus"].as_str()), (500, Some("Failed")));

    for status in [RuntimeStatus::Pending, RuntimeStatus::Running, RuntimeStatus::Suspended] {
        scene.durable.has(instance("abc", status));
        let answer = wait("timeout=0").await;
        assert_eq!((answer.status, answer.header("retry-after")), (202, Some("10")), "{status}");
        assert_eq!(answer.json()["id"], "abc");
    }
}

#[tokio::test]
async fn a_wrong_wait_starts_nothing() {
    let scene = Scene::new().await;
    for (query, why) in [
        ("timeout=soon", "`timeout`: `soon` is not a number of seconds"),
        ("timeout=-1", "`timeout`: `-1` is not a number of seconds"),
        ("timeout=1&pollingInterval=x", "`pollingInterval`: `x` is not a number of seconds"),
        ("timeout=1&pollingInterval=2.5", "Total timeout 1 should be bigger than retry timeout 2.5"),
    ] {
        scene.call("POST", &start(&format!("Hello?{query}"))).await.is_argument_error(why);
    }
    scene.durable.was_asked(&[]);
    // An interval alone asks for nothing.
    scene.call("POST", &start("Hello?pollingInterval=1")).await;
    scene.durable.was_asked(&["start Hello None null"]);
}

#[tokio::test]
async fn a_proxy_is_believed_only_when_it_is_trusted() {
    let headers = [
        ("host", "inner:80"),
        ("x-forwarded-host", "outer.test"),
        ("x-forwarded-proto", "https"),
        ("x-functions-key", MASTER),
    ];
    for (use_forwarded_host, origin) in [(false, "http://inner:80"), (true, "https://outer.test")] {
        let scene = Scene::with(Setup { use_forwarded_host, ..Setup::default() }).await;
        let answer = scene.raw("POST", &start("Hello"), &headers, b"").await;
        let link = answer.json()["statusQueryGetUri"].as_str().unwrap().to_owned();
        assert!(link.starts_with(&format!("{origin}{BASE}/instances/generated?")), "{link}");
        assert_eq!(answer.header("location"), Some(&*link));
    }
}
