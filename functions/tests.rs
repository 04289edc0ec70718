//! The whole app in process, on a clock that the tests turn: how an app is tested.

use std::time::Duration;

use fnhost::testkit::{TestApp, TestError};
use serde_json::Value;

/// The app of this repository: its `host.toml` stands one folder up.
async fn app() -> Result<TestApp, TestError> {
    TestApp::of(concat!(env!("CARGO_MANIFEST_DIR"), "/.."), crate::registry()).start().await
}

async fn peek(app: &TestApp, id: &str) -> Value {
    app.get(&format!("/api/Peek/{id}")).await.unwrap().json().unwrap()
}

#[tokio::test]
async fn a_registry_closes_after_five_minutes_and_keeps_its_items() {
    let app = app().await.unwrap();
    let id = app.get("/api/Open").await.unwrap().text();
    // Opening goes on behind the answer; turning the clock by nothing waits for it.
    app.advance(Duration::ZERO).await;
    app.get(&format!("/api/Add/{id}?item=Zork%20Trilogy")).await.unwrap();

    app.advance(Duration::from_secs(299)).await;
    assert_eq!(peek(&app, &id).await["status"], "Open");
    app.advance(Duration::from_secs(1)).await;
    let closed = peek(&app, &id).await;
    assert_eq!(
        (&closed["status"], &closed["registry"]["items"][0]),
        (&"Closed".into(), &"Zork Trilogy".into())
    );
    app.stop().await;
}

#[tokio::test]
async fn a_sequence_is_started_and_waited_for_in_one_request() {
    let app = app().await.unwrap();
    let answer = app.post("/orchestrators/E1_HelloSequence/wait", "").await.unwrap();
    let greetings: Vec<String> = answer.json().unwrap();
    assert_eq!(greetings, ["Hello Tokyo!", "Hello Seattle!", "Hello London!"]);
    app.stop().await;
}
