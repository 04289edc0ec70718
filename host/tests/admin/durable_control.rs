//! Events, and everything else that is done to an instance.

use fnhost_protocol::client::ClientError;
use fnhost_protocol::status::RuntimeStatus;
use serde_json::json;

use crate::support::*;

async fn scene() -> Scene {
    let scene = Scene::new().await;
    scene.durable.has(instance("live", RuntimeStatus::Running));
    scene.durable.has(instance("paused", RuntimeStatus::Suspended));
    scene.durable.has(instance("done", RuntimeStatus::Completed));
    scene.durable.has(instance("failed", RuntimeStatus::Failed));
    scene.durable.has(instance("ended", RuntimeStatus::Terminated));
    scene
}

fn of(id: &str, verb: &str) -> String {
    format!("{BASE}/instances/{id}/{verb}")
}

const NOT_JSON: &str = "Only application/json request content is supported";

#[tokio::test]
async fn events_are_sent_as_json() {
    let scene = scene().await;
    for (content_type, body, input) in [
        ("application/json", r#"{"a": 1}"#, r#"{"a": 1}"#),
        ("Application/JSON; charset=utf-8", "\"x\"", "\"x\""),
        ("application/json", "", "null"),
    ] {
        scene.send("POST", &of("live", "raiseEvent/Go%20on"), content_type, body).await.is_empty(202);
        scene.durable.was_asked(&[&format!("raise live Go on {input}")]);
    }
}

#[tokio::test]
async fn an_event_is_checked_in_the_published_order() {
    let scene = scene().await;
    let post = async |id: &str, content_type: &str, body: &str| {
        scene.send("POST", &of(id, "raiseEvent/Go"), content_type, body).await
    };
    // Whether the instance is there comes before everything; whether it is finished before the content.
    for (content_type, body) in [("text/plain", "{"), ("application/json", "{"), ("application/json", "1")] {
        post("unknown", content_type, body).await.is_empty(404);
        post("@counter@k", content_type, body).await.is_empty(404);
        for finished in ["done", "failed", "ended"] {
            post(finished, content_type, body).await.is_empty(410);
        }
    }
    // What the content says of itself comes before what it is.
    for content_type in ["text/plain", "", "application/octet-stream", "application/jsonx"] {
        post("live", content_type, "{").await.says(400, NOT_JSON);
        post("live", content_type, "").await.says(400, NOT_JSON);
    }
    let eof = "invalid JSON: EOF while parsing an object at line 1 column 1";
    post("live", "application/json", "{").await.is_json_error(eof);
    post("paused", "application/json", "{").await.is_json_error(eof);
    post("live", "application/json", r#""\u0000""#)
        .await
        .is_json_error("invalid JSON: the character U+0000 is not allowed in strings");
    let long = "1".repeat(LIMIT + 1);
    post("live", "application/json", &long)
        .await
        .says(413, "The request body has more than the 1000 bytes that are allowed (maxPayloadSize).");
    scene
        .json("POST", &of("live", "raiseEvent/a%00b"), "1")
        .await
        .is_argument_error("the character U+0000 is not allowed in the name of an event");
}

#[tokio::test]
async fn living_instances_are_steered_and_others_are_not() {
    let scene = scene().await;
    for verb in ["terminate", "suspend", "resume"] {
        scene.call("POST", &of("live", &format!("{verb}?reason=so+it+is"))).await.is_empty(202);
        scene.durable.was_asked(&[&format!("{verb} live \"so it is\"")]);
        scene.call("POST", &of("paused", verb)).await.is_empty(202);
        scene.durable.was_asked(&[&format!("{verb} paused \"\"")]);
        scene.call("POST", &of("unknown", verb)).await.is_empty(404);
        scene.call("POST", &of("@counter@k", verb)).await.is_empty(404);
        for finished in ["done", "failed", "ended"] {
            scene.call("POST", &of(finished, verb)).await.is_empty(410);
        }
        let nul = |id| of(id, &format!("{verb}?reason=%00"));
        scene
            .call("POST", &nul("live"))
            .await
            .is_argument_error("`reason`: the character U+0000 is not allowed");
        scene.call("POST", &nul("unknown")).await.is_empty(404);
        scene.call("POST", &nul("done")).await.is_empty(410);
        scene.durable.forget();
    }
    scene.call("POST", &of("live", "terminate?reason=all&recursive=True")).await.is_empty(202);
    scene.durable.was_asked(&["terminate live \"all\" recursive"]);
    scene.call("POST", &of("live", "suspend?recursive=true")).await.is_empty(202);
    scene.durable.was_asked(&["suspend live \"\""]);
}

#[tokio::test]
async fn rewind_says_no_in_the_published_words() {
    let scene = scene().await;
    let text = "The rewind operation is only supported on failed orchestration instances.";
    scene.call("POST", &of("unknown", "rewind")).await.is_empty(404);
    for id in ["done", "ended"] {
        scene.call("POST", &of(id, "rewind?reason=x")).await.says(410, text);
    }
    for id in ["live", "paused"] {
        scene.call("POST", &of(id, "rewind")).await.says(412, text);
    }
    scene
        .call("POST", &of("failed", "rewind"))
        .await
        .says(501, "Rewinding an orchestration instance is not supported by this version of the host.");
}

#[tokio::test]
async fn restart_starts_the_same_function_with_the_same_input() {
    let scene = scene().await;
    for id in ["unknown", "@counter@k"] {
        scene
            .call("POST", &of(id, "restart"))
            .await
            .is_argument_error("InstanceId does not match a valid orchestration instance.");
    }
    scene.durable.forget();
    for (query, instance) in [
        ("", "None"),
        ("?restartWithNewInstanceId=True", "None"),
        ("?restartWithNewInstanceId=false", "Some(\"done\")"),
    ] {
        let answer = scene.call("POST", &of("done", &format!("restart{query}"))).await;
        assert_eq!(answer.status, 202);
        scene.durable.was_asked(&[
            "status done input=true history=false",
            &format!("start Hello {instance} {{\"in\":1}}"),
        ]);
    }
    scene.durable.fails_with(ClientError::Unavailable { message: "busy".into() });
    scene
        .call("POST", &of("live", "restart"))
        .await
        .says(500, "Something went wrong while processing your request");
}

#[tokio::test]
async fn finished_instances_are_purged() {
    let scene = scene().await;
    let delete = async |id: &str| scene.call("DELETE", &format!("{BASE}/instances/{id}")).await;
    for id in ["done", "failed", "ended"] {
        delete(id).await.is(200, json!({"instancesDeleted": 1}));
        scene.durable.was_asked(&[&format!("purge {id}")]);
    }
    delete("done?recursive=true").await.is(200, json!({"instancesDeleted": 3}));
    scene.durable.was_asked(&["purge done recursive"]);
    delete("unknown").await.is_empty(404);
    delete("@counter@k").await.is_empty(404);
    delete("live").await.says(412, "instance `live` is in the Running state and not finished");
    delete("paused").await.says(412, "instance `paused` is in the Suspended state and not finished");
}

#[tokio::test]
async fn purging_by_a_filter_takes_what_is_finished() {
    let scene = scene().await;
    let delete = async |query: &str| scene.call("DELETE", &format!("{BASE}/instances{query}")).await;
    for query in ["", "/", "?createdTimeTo=2026-01-01"] {
        delete(query).await.is(400, json!("Please provide value for 'createdTimeFrom' parameter."));
    }
    delete("?createdTimeFrom=soon").await.is_argument_error(
        "`createdTimeFrom`: `soon` is not a time; allowed: ISO 8601 such as 2026-01-31T18:00:00Z",
    );
    scene.durable.was_asked(&[]);
    let from = "?createdTimeFrom=2026-01-01T00:00:00Z";
    delete(from).await.is(200, json!({"instancesDeleted": 3}));
    scene.durable.was_asked(&["purge [] 2026-01-01T00:00:00.000000Z - Instance"]);
    let all = "&createdTimeTo=2026-01-02&runtimeStatus=failed,Completed&recursive=true";
    delete(&format!("{from}{all}")).await.is(200, json!({"instancesDeleted": 2}));
    scene.durable.was_asked(&[
        "purge [Completed, Failed] 2026-01-01T00:00:00.000000Z 2026-01-02T00:00:00.000000Z Tree",
    ]);
    delete(&format!("{from}&runtimeStatus=Running")).await.is_empty(404);
    scene.durable.forget();
    delete(&format!("{from}&runtimeStatus=Canceled")).await.is_empty(404);
    scene.durable.was_asked(&[]);
}
