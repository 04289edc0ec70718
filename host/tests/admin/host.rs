//! The home page, health, the host's status, its clock.

use std::time::Duration;

use fnhost::admin::NotReady;
use serde_json::json;

use crate::support::*;

#[tokio::test]
async fn the_home_page_needs_nothing_from_elsewhere() {
    let scene = Scene::new().await;
    let page = scene.with_key("GET", "/", None).await;
    assert_eq!(page.status, 200);
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    assert!(page.header("content-security-policy").unwrap().starts_with("default-src 'none'"));
    assert!(page.body.contains("fnhost") && page.body.contains(env!("CARGO_PKG_VERSION")));
    for elsewhere in ["http:", "https:", "//", "<script", "src=", "<link", "@import", "url("] {
        assert!(!page.body.contains(elsewhere), "{elsewhere}");
    }
    for secret in ["MyHub", "app-1", "process-1", "box", MASTER] {
        assert!(!page.body.contains(secret), "{secret}");
    }
    scene.call("POST", "/").await.is_empty(404);
}

#[tokio::test]
async fn health_tells_what_is_not_ready() {
    let scene = Scene::new().await;
    let get = async |which: &str| scene.with_key("GET", &format!("/admin/health/{which}"), None).await;
    get("live").await.is(200, json!({"status": "alive"}));
    get("ready").await.is(200, json!({"status": "ready"}));
    *scene.health.not_ready.lock().unwrap() =
        vec![NotReady { name: "store".into(), reason: "the database does not answer".into() }];
    get("live").await.is(200, json!({"status": "alive"}));
    get("ready").await.is(
        503,
        json!({
            "status": "notReady",
            "notReady": [{"name": "store", "reason": "the database does not answer"}],
        }),
    );
    get("else").await.is_empty(404);
    scene.with_key("POST", "/admin/health/live", None).await.is_empty(404);
}

#[tokio::test]
async fn the_status_is_the_published_one() {
    let scene = Scene::new().await;
    let mut status = scene.call("GET", "/admin/host/status").await.json();
    assert!(status["processUptime"].take().is_u64());
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(
        status,
        json!({
            "id": "app-1", "state": "Running", "version": version, "versionDetails": version,
            "instanceId": "process-1", "computerName": "box", "processUptime": null,
            "errors": ["`schedule` is no schedule"],
        })
    );
    *scene.health.not_ready.lock().unwrap() = vec![NotReady { name: "x".into(), reason: "y".into() }];
    assert_eq!(scene.call("GET", "/admin/host/status").await.json()["state"], "Error");
    scene.health.troubles.lock().unwrap().push("work of one instance is refused".to_owned());
    let errors = scene.call("GET", "/admin/host/status").await.json()["errors"].take();
    assert_eq!(errors, json!(["`schedule` is no schedule", "work of one instance is refused"]));
    scene.call("GET", "/admin/host/ping").await.is_empty(200);
    scene.call("POST", "/admin/host/ping").await.is_empty(200);
}

#[tokio::test]
async fn the_clock_is_turned() {
    let scene = Scene::new().await;
    let post = async |body: &str| scene.json("POST", "/admin/clock/advance", body).await;
    post(r#"{"by": "00:05:00"}"#).await.is(200, json!({"now": "1970-01-01T00:05:00.000000Z"}));
    post(r#"{"by": "1.00:00:00.5"}"#).await.is(200, json!({"now": "1970-01-02T00:05:00.500000Z"}));
    let turned = Duration::from_millis(86_700_500);
    assert_eq!(*scene.clock.advanced.lock().unwrap(), turned);
    post("").await.is_problem(400, "badTimeSpan", "`by` is missing");
    post("{}").await.is_problem(400, "badTimeSpan", "`by` is missing");
    post(r#"{"by": "5m"}"#).await.is_problem(
        400,
        "badTimeSpan",
        "`by` is no time-span: it is not of the form hh:mm:ss",
    );
    post(r#"{"by": "00:01:00", "extra": 1}"#).await.is_problem(
        400,
        "invalidJson",
        "the body has another form than is asked for: unknown field `extra`, expected `by` at line 1 column 26",
    );
    assert_eq!(*scene.clock.advanced.lock().unwrap(), turned, "nothing of that turned it");
    scene.call("GET", "/admin/clock/advance").await.is_empty(404);

    let scene = Scene::with(Setup { without_clock: true, ..Setup::default() }).await;
    scene.json("POST", "/admin/clock/advance", r#"{"by": "00:05:00"}"#).await.is_problem(
        404,
        "noVirtualClock",
        "this host runs by the machine's clock, which cannot be turned",
    );
}

#[tokio::test]
async fn what_is_not_there_is_404() {
    let scene = Scene::new().await;
    for (method, target) in [
        ("GET", "/admin"),
        ("GET", "/admin/"),
        ("GET", "/admin/nothing"),
        ("POST", "/admin/functions"),
        ("DELETE", "/admin/functions/Hello"),
        ("POST", "/admin/functions/Hello/status"),
        ("GET", "/admin/functions/Hello/keys/a/b"),
        ("POST", "/admin/host/status"),
        ("GET", "/admin/host"),
        ("GET", "/admin/host/nokeys"),
        ("GET", "/admin/host/keys/a/b"),
        ("GET", "/admin/extensions/other"),
        ("GET", "/api/hello"),
        ("GET", "/admin/%FF"),
    ] {
        scene.call(method, target).await.is_empty(404);
    }
}
