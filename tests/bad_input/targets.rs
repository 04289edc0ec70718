//! Paths and queries that are no proper ones.

use serde_json::json;

use crate::support::{MASTER_KEY, Scene};

#[test]
fn bad_percent_encoding_is_refused_or_unknown() {
    let scene = Scene::new();
    let host = scene.start();
    for path in [
        "/api/Peek/%",
        "/api/Peek/%zz",
        "/api/Peek/%f",
        "/api/Peek/%ff%fe",
        "/api/Peek/%C3%28",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/../../etc/passwd",
        "//",
        "/api//Peek/x",
        "/api/%50eek/%25",
        "/api/Peek/..%2f..%2fsecret",
        "/runtime/webhooks/durabletask/instances/%zz",
        "/runtime/webhooks/durabletask/instances/%ff",
    ] {
        let response = host.get(path).key(MASTER_KEY).send();
        assert!(matches!(response.status, 400 | 404), "{path}: {response}");
        assert!(!response.text().contains("root:"), "{path} left the app");
        host.expect_alive();
    }
}

#[test]
fn a_query_may_hold_anything() {
    let scene = Scene::new();
    let host = scene.start();
    for query in
        ["%", "%zz=1", "=", "&&&", "a=b=c", "item", "item=%", "item=%ff", "code", "code=%00", "item=a%00b"]
    {
        let response = host.get(format!("/api/Add/nowhere?{query}")).send();
        assert_eq!(response.status, 400, "{query}: {response}");
        let response = host.get(format!("/api/Stats?{query}")).send();
        assert!(matches!(response.status, 200 | 400), "{query}: {response}");
        host.expect_alive();
    }
}

#[test]
fn the_first_of_two_equal_query_keys_is_no_way_around_a_check() {
    let scene = Scene::new();
    let host = scene.start();
    let base = "/runtime/webhooks/durabletask/instances";
    for query in [format!("code=wrong&code={MASTER_KEY}"), format!("code={MASTER_KEY}&code=wrong")] {
        let response = host.get(format!("{base}?{query}")).send();
        assert!(matches!(response.status, 200 | 400 | 401), "{response}");
    }
    host.durable().start_running("RegistryOrchestration", "one", &json!("secret"));
    let response = host.durable().status("one", "?showInput=false&showInput=true");
    assert!(matches!(response.status, 202 | 400), "{response}");
    let response = host.durable().status("one", "?showInput=perhaps");
    assert!(matches!(response.status, 202 | 400), "{response}");
    let response = host.durable().list("?runtimeStatus=&runtimeStatus=Running&top=1&top=2");
    assert!(matches!(response.status, 200 | 400), "{response}");
    host.expect_alive();
}

#[test]
fn odd_methods_and_targets_are_not_found() {
    let scene = Scene::new();
    let host = scene.start();
    for (method, path) in [
        ("BREW", "/api/Open"),
        ("TRACE", "/"),
        ("CONNECT", "/api/Open"),
        ("OPTIONS", "*"),
        ("get", "/api/Open"),
        ("GET", "api/Open"),
    ] {
        match host.raw(format!("{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").as_bytes())
        {
            Ok(response) => {
                assert!(
                    (400..=501).contains(&response.status) || response.status == 204,
                    "{method} {path}: {response}"
                );
            }
            Err(error) => eprintln!("{method} {path} was cut off: {error}"),
        }
        host.expect_alive();
    }
    assert_eq!(host.durable().list("").expect(200).json(), json!([]));
}
