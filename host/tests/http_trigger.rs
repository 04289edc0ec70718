//! The HTTP trigger from outside, on small apps made for each case: limits, keys, failures, headers.

#![expect(clippy::unwrap_used, reason = "what a test cannot go on without")]

use std::{fs, path::Path, time::Duration};

use bytes::Bytes;
use fnhost::testkit::{TestApp, TestAppBuilder};
use fnhost_sdk::{Cancellation, Registry, Result};
use http::{Method, Request, StatusCode};
use tempfile::TempDir;

/// An app with one HTTP function `F` at `/api/F`.
struct Scene {
    folder: TempDir,
}

impl Scene {
    fn new(binding: &str) -> Self {
        Self::with_host("", binding)
    }

    fn with_host(host: &str, binding: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("host.toml"), format!("version = \"2.0\"\n{host}")).unwrap();
        Self::function(folder.path(), binding);
        Self { folder }
    }

    fn function(app: &Path, binding: &str) {
        let folder = app.join("F");
        fs::create_dir_all(&folder).unwrap();
        let text = format!(
            "[[bindings]]\ntype = \"httpTrigger\"\nname = \"req\"\n{binding}\n[[bindings]]\ntype = \"http\"\n\
             direction = \"out\"\nname = \"$return\"\n"
        );
        fs::write(folder.join("function.toml"), text).unwrap();
    }

    fn settings(self, text: &str) -> Self {
        fs::write(self.folder.path().join("local.settings.toml"), text).unwrap();
        self
    }

    fn app(&self, registry: Registry) -> TestAppBuilder {
        TestApp::of(self.folder.path(), registry)
    }
}

const ANONYMOUS: &str = "authLevel = \"anonymous\"";

fn registry<M>(handler: impl fnhost_sdk::host::HttpHandler<M>) -> Registry {
    Registry::new().http("F", "F/mod.rs", handler)
}

async fn hello() -> &'static str {
    "hello"
}

#[tokio::test]
async fn head_is_answered_like_get_without_the_body() {
    let scene = Scene::new(&format!("{ANONYMOUS}\nmethods = [\"get\"]"));
    let app = scene.app(registry(hello)).start().await.unwrap();
    let head = Request::builder().method(Method::HEAD).uri("/api/F").body(Bytes::new()).unwrap();
    let answer = app.send(head).await.unwrap();
    assert_eq!(
        (answer.status(), answer.header("content-length"), answer.text()),
        (StatusCode::OK, Some("5"), String::new())
    );
    let post = app.post("/api/F", "").await.unwrap();
    assert_eq!(post.status(), StatusCode::NOT_FOUND);
    assert_eq!(post.header("content-type"), Some("application/problem+json"));
    assert!(post.text().contains("no function answers POST /api/F"), "{}", post.text());
    app.stop().await;
}

#[tokio::test]
async fn a_call_past_its_time_limit_is_cancelled_and_answered_504() {
    let (tell, told) = std::sync::mpsc::channel();
    let tell = std::sync::Mutex::new(tell);
    let endless = move |cancelled: Cancellation| {
        let tell = tell.lock().unwrap().clone();
        async move {
            // Told when the call is dropped: that is what cancelling means.
            let _guard = Guard(tell);
            cancelled.cancelled().await;
            std::future::pending::<&'static str>().await
        }
    };
    struct Guard(std::sync::mpsc::Sender<()>);
    impl Drop for Guard {
        fn drop(&mut self) {
            self.0.send(()).ok();
        }
    }
    let scene = Scene::with_host("functionTimeout = \"00:00:01\"", ANONYMOUS);
    let app = scene.app(registry(endless)).start().await.unwrap();
    let answer = app.get("/api/F").await.unwrap();
    assert_eq!(answer.status(), StatusCode::GATEWAY_TIMEOUT);
    assert!(
        answer.text().contains("did not finish within 1 s (functionTimeout in host.toml)"),
        "{}",
        answer.text()
    );
    tokio::task::spawn_blocking(move || told.recv_timeout(Duration::from_secs(10))).await.unwrap().unwrap();
    app.stop().await;
}

#[tokio::test]
async fn panics_and_errors_are_500_and_the_host_lives_on() {
    async fn break_down(what: String) -> Result<&'static str> {
        match what.as_str() {
            "panic" => panic!("asked to"),
            "error" => Err(std::io::Error::other("no paper").into()),
            _ => Ok("fine"),
        }
    }
    let scene = Scene::new(ANONYMOUS);
    let app = scene.app(registry(break_down)).start().await.unwrap();
    for (what, status, text) in
        [("panic", 500, "the function panicked"), ("error", 500, "no paper"), ("", 200, "fine")]
    {
        let answer = app.post("/api/F", what).await.unwrap();
        assert_eq!(answer.status().as_u16(), status, "{what}");
        assert!(answer.text().contains(text), "{what}: {}", answer.text());
        assert!(
            !answer.text().contains("http_trigger.rs"),
            "places in the code stay in the log: {}",
            answer.text()
        );
    }
    app.stop().await;
}

#[tokio::test]
async fn keys_are_asked_for_by_level() {
    const MASTER: &str = "master-key-for-tests-only";
    const HOST: &str = "host-key-for-tests-only--";
    const OWN: &str = "function-key-for-tests-on";
    const OTHER: &str = "other-key-for-tests-only-";
    for (level, opened_by) in [
        ("anonymous", &["", "wrong-key-0123456789", OTHER, OWN, HOST, MASTER][..]),
        ("function", &[OWN, HOST, MASTER]),
        ("admin", &[MASTER]),
    ] {
        let scene = Scene::new(&format!("authLevel = \"{level}\""));
        let app = scene
            .app(registry(hello))
            .with_keys()
            .setting("FNHOST_MASTER_KEY", MASTER)
            .setting("FNHOST_HOST_KEY", HOST)
            .setting("FNHOST_FUNCTION_KEY_F", OWN)
            .setting("FNHOST_FUNCTION_KEY_G", OTHER)
            .start()
            .await
            .unwrap();
        for key in ["", "wrong-key-0123456789", OTHER, OWN, HOST, MASTER] {
            let expected = if opened_by.contains(&key) { StatusCode::OK } else { StatusCode::UNAUTHORIZED };
            let by_query = app.get(&format!("/api/F?code={key}")).await.unwrap();
            assert_eq!(by_query.status(), expected, "{level} by query {key:?}");
            let request = Request::builder().uri("/api/F?code=nonsense").header("x-functions-key", key);
            let by_header = app.send(request.body(Bytes::new()).unwrap()).await.unwrap();
            assert_eq!(by_header.status(), expected, "{level} by header {key:?}");
            if expected == StatusCode::UNAUTHORIZED {
                assert_eq!(by_header.text(), "");
            }
        }
        app.stop().await;
    }
}

#[tokio::test]
async fn more_requests_than_allowed_are_turned_away() {
    let (begun, mut has_begun) = tokio::sync::mpsc::unbounded_channel();
    let gate = std::sync::Arc::new(tokio::sync::Semaphore::new(0));
    let waiting = {
        let gate = gate.clone();
        move || {
            let (begun, gate) = (begun.clone(), gate.clone());
            async move {
                begun.send(()).ok();
                gate.acquire().await.map(drop)?;
                Ok::<_, fnhost_sdk::Error>("done")
            }
        }
    };
    let scene = Scene::with_host("[extensions.http]\nmaxOutstandingRequests = 2", ANONYMOUS);
    let app = std::sync::Arc::new(scene.app(registry(waiting)).start().await.unwrap());
    let calls: Vec<_> = (0..2)
        .map(|_| {
            let app = app.clone();
            tokio::spawn(async move { app.get("/api/F").await.unwrap().status() })
        })
        .collect();
    for _ in 0..2 {
        has_begun.recv().await.unwrap();
    }
    let third = app.get("/api/F").await.unwrap();
    assert_eq!(third.status(), StatusCode::TOO_MANY_REQUESTS);
    gate.add_permits(2);
    for call in calls {
        assert_eq!(call.await.unwrap(), StatusCode::OK);
    }
    std::sync::Arc::into_inner(app).unwrap().stop().await;
}

#[tokio::test]
async fn a_trace_is_continued() {
    let scene = Scene::new(ANONYMOUS);
    let app = scene.app(registry(hello)).start().await.unwrap();
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let request =
        Request::builder().uri("/api/F").header("traceparent", format!("00-{trace}-00f067aa0ba902b7-01"));
    let answer = app.send(request.body(Bytes::new()).unwrap()).await.unwrap();
    let ours = answer.header("traceparent").unwrap();
    assert!(ours.starts_with(&format!("00-{trace}-")) && !ours.contains("00f067aa0ba902b7"), "{ours}");
    app.stop().await;
}

#[tokio::test]
async fn pages_of_allowed_origins_may_call_and_others_are_not_told_so() {
    let scene =
        Scene::new(ANONYMOUS).settings("[host]\ncors = [\"https://shop.example\"]\ncorsCredentials = true\n");
    let app = scene.app(registry(hello)).start().await.unwrap();
    for (origin, allowed) in [("https://shop.example", true), ("https://evil.example", false)] {
        let ask = Request::builder()
            .method(Method::OPTIONS)
            .uri("/api/F")
            .header("origin", origin)
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "x-functions-key");
        let preflight = app.send(ask.body(Bytes::new()).unwrap()).await.unwrap();
        let call = Request::builder().uri("/api/F").header("origin", origin).body(Bytes::new()).unwrap();
        let answer = app.send(call).await.unwrap();
        for answer in [&preflight, &answer] {
            assert_eq!(answer.header("access-control-allow-origin"), allowed.then_some(origin), "{origin}");
            assert_eq!(
                answer.header("access-control-allow-credentials"),
                allowed.then_some("true"),
                "{origin}"
            );
        }
        assert_eq!(preflight.header("access-control-allow-headers"), allowed.then_some("x-functions-key"));
        assert_eq!(preflight.status() == StatusCode::NO_CONTENT, allowed);
    }
    app.stop().await;
}

#[tokio::test]
async fn custom_headers_are_added_and_never_replace() {
    async fn own() -> Result<fnhost_sdk::Response> {
        fnhost_sdk::Response::text("x").with_header("x-a", "own")
    }
    let scene =
        Scene::with_host("[extensions.http]\ncustomHeaders = { X-A = \"host\", X-B = \"host\" }", ANONYMOUS);
    let app = scene.app(registry(own)).start().await.unwrap();
    let answer = app.get("/api/F").await.unwrap();
    assert_eq!((answer.header("x-a"), answer.header("x-b")), (Some("own"), Some("host")));
    app.stop().await;
}
