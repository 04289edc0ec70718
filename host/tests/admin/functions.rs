//! The functions of the app, shown and run by hand.

use fnhost::admin::NotRun;
use fnhost_protocol::client::ClientError;
use fnhost_protocol::failure::Failure;
use serde_json::json;

use crate::support::*;

#[tokio::test]
async fn functions_are_listed_by_name() {
    let scene = Scene::new().await;
    let list = scene.call("GET", "/admin/functions").await.json();
    let names: Vec<&str> =
        list.as_array().unwrap().iter().map(|function| function["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["ByHand", "Copy", "Counter", "Hello", "Main", "Off", "Tick", "Work"]);
}

#[tokio::test]
async fn a_function_is_shown_as_its_file_has_it() {
    let scene = Scene::new().await;
    scene.call("GET", "/admin/functions/hello").await.is(
        200,
        json!({
            "name": "Hello",
            "href": format!("{ORIGIN}/admin/functions/Hello"),
            "config": {
                "bindings": [
                    {
                        "type": "httpTrigger", "direction": "in", "name": "req", "route": "api/hello/{name?}",
                        "authLevel": "function", "methods": ["GET", "POST"],
                    },
                    {"type": "http", "direction": "out", "name": "$return"},
                ],
                "disabled": false,
                "entryPoint": "Hello",
            },
            "invoke_url_template": format!("{ORIGIN}/api/hello/{{name?}}"),
            "isDisabled": false,
        }),
    );
    let bindings = async |name: &str| {
        scene.call("GET", &format!("/admin/functions/{name}")).await.json()["config"]["bindings"].clone()
    };
    assert_eq!(
        bindings("Copy").await,
        json!([
            {
                "type": "blobTrigger", "direction": "in", "name": "blob", "path": "in/{name}",
                "startFrom": "all", "connection": "Storage", "dataType": "binary",
            },
            {
                "type": "blob", "direction": "out", "name": "copy", "path": "out/{name}",
                "connection": "Storage", "dataType": "string",
            },
        ])
    );
    assert_eq!(
        bindings("Tick").await,
        json!([{
            "type": "timerTrigger", "direction": "in", "name": "timer", "schedule": "0 */5 * * * *",
            "timeZone": "UTC", "runOnStartup": false, "useMonitor": true,
        }])
    );
    let off = scene.call("GET", "/admin/functions/Off").await.json();
    assert_eq!((&off["isDisabled"], &off["invoke_url_template"]), (&json!(true), &json!(null)));
    scene.call("GET", "/admin/functions/Nobody").await.is_problem(
        404,
        "noSuchFunction",
        "there is no function `Nobody`",
    );
}

#[tokio::test]
async fn what_is_wrong_with_a_function_is_told_even_when_it_is_left_out() {
    let scene = Scene::new().await;
    scene.call("GET", "/admin/functions/Hello/status").await.is(200, json!({"errors": []}));
    let next = json!([{"utc": "2026-01-01T00:10:00Z", "local": "2026-01-01T01:10:00+01:00"}]);
    let status = json!({
        "last": "2026-01-01T00:05:00Z", "next": "2026-01-01T00:10:00Z", "lastUpdated": "2026-01-01T00:05:00Z",
    });
    scene
        .call("GET", "/admin/functions/tick/status")
        .await
        .is(200, json!({"errors": [], "timer": {"scheduleStatus": status, "next": next}}));
    scene.call("GET", "/admin/timers").await.is(
        200,
        json!([{
            "name": "Tick", "schedule": "0 */5 * * * *", "timeZone": "Europe/Berlin", "scheduleStatus": status,
            "next": next,
        }]),
    );
    // One that is switched off waits for nothing.
    scene.call("GET", "/admin/functions/Off/status").await.is(200, json!({"errors": [], "timer": null}));
    scene
        .call("GET", "/admin/functions/broken/status")
        .await
        .is(200, json!({"errors": ["`schedule` is no schedule"]}));
    scene.call("GET", "/admin/functions/Nobody/status").await.is_problem(
        404,
        "noSuchFunction",
        "there is no function `Nobody`",
    );
}

#[tokio::test]
async fn functions_are_run_by_hand() {
    let scene = Scene::new().await;
    for (name, body, run) in [
        ("tick", "", "run Tick null"),
        ("Copy", "{}", "run Copy null"),
        ("Work", r#"{"input": {"a": [1]}}"#, r#"run Work {"a": [1]}"#),
        ("ByHand", r#"{"input": "text", "other": 1}"#, r#"run ByHand "text""#),
    ] {
        scene.json("POST", &format!("/admin/functions/{name}"), body).await.is_empty(202);
        assert_eq!(std::mem::take(&mut *scene.runner.runs.lock().unwrap()), [run]);
    }
    scene.json("POST", "/admin/functions/main", r#"{"input": 1}"#).await.is(202, json!({"id": "generated"}));
    scene.durable.was_asked(&["start MainFlow None 1"]);
}

#[tokio::test]
async fn some_functions_cannot_be_run_by_hand() {
    let scene = Scene::new().await;
    let post =
        async |name: &str, body: &str| scene.json("POST", &format!("/admin/functions/{name}"), body).await;
    post("Hello", "").await.is_problem(
        400,
        "httpFunction",
        "the function `Hello` is called by its route `/api/hello/{name?}`",
    );
    post("Counter", "").await.is_problem(
        400,
        "entityFunction",
        "an entity runs when it is signalled: POST \
         /runtime/webhooks/durabletask/entities/counter/{key}?op={operation}",
    );
    post("Off", "").await.is_problem(409, "functionDisabled", "the function `Off` is switched off");
    post("Nobody", "").await.is_problem(404, "noSuchFunction", "there is no function `Nobody`");
    post("Tick", "{").await.is_problem(
        400,
        "invalidJson",
        "invalid JSON: EOF while parsing an object at line 1 column 1",
    );
    post("Tick", r#"{"input": "\u0000"}"#).await.is_problem(
        400,
        "invalidJson",
        "invalid JSON: the character U+0000 is not allowed in strings",
    );
    post("Tick", "3").await.is_problem(
        400,
        "invalidJson",
        "the body has another form than is asked for: invalid type: integer `3`, expected struct Run at line 1 column 1",
    );
    let long = format!("{{\"input\": {}}}", "1".repeat(LIMIT));
    post("Tick", &long).await.is_problem(413, "bodyTooLarge", "the body has more bytes than this host takes");
    assert!(scene.runner.runs.lock().unwrap().is_empty());

    *scene.runner.refuses.lock().unwrap() = Some(NotRun { reason: "the host is stopping".into() });
    post("Tick", "").await.is_problem(409, "functionNotRun", "the host is stopping");
    scene.durable.fails_with(ClientError::InvalidArgument { message: "too long".into() });
    post("Main", "").await.is_problem(400, "functionNotRun", "too long");
    scene.durable.fails_with(ClientError::Unavailable { message: "secret cause".into() });
    let answer = post("Main", "").await;
    assert_eq!((answer.status, answer.body.contains("secret")), (500, false));
}

#[tokio::test]
async fn a_caller_may_wait_for_any_function() {
    let scene = Scene::new().await;
    for name in ["Hello", "Tick", "Work", "Main", "Counter"] {
        let target = format!("/admin/functions/{name}?wait=true");
        scene.json("POST", &target, r#"{"input": 1}"#).await.is(200, json!("done"));
        let runs = std::mem::take(&mut *scene.runner.runs.lock().unwrap());
        assert_eq!(runs, [format!("wait {name} 1")]);
    }
    *scene.runner.fails.lock().unwrap() = Some(Failure::new("Error", "boom"));
    scene.json("POST", "/admin/functions/Tick?wait=true", "").await.is_problem(500, "functionFailed", "boom");
    let off = scene.json("POST", "/admin/functions/Off?wait=true", "").await;
    off.is_problem(409, "functionDisabled", "the function `Off` is switched off");
}
