//! `HttpSyncStart`: starts an orchestration and waits for its output, for a while.

use std::time::{Duration, Instant};

use serde_json::json;

use super::GREETINGS;
use crate::support::Scene;

on_every_worker!(
    a_short_run_answers_its_bare_output,
    a_long_run_answers_how_to_follow_it,
    a_run_that_was_terminated_meanwhile_answers_its_status,
);

fn a_short_run_answers_its_bare_output(scene: Scene) {
    let host = scene.start();
    let response = host.post("/orchestrators/E1_HelloSequence/wait").send().expect_text(200, GREETINGS);
    let kind = response.header("content-type").expect("the answer says what it is");
    assert!(kind.starts_with("application/json"), "{kind}");
}

fn a_long_run_answers_how_to_follow_it(scene: Scene) {
    let host = scene.start();
    let asked = Instant::now();
    let path = "/orchestrators/RegistryOrchestration/wait?timeout=0.5&retryInterval=0.05";
    let response = host.post(path).json(&json!("x")).send().expect(202);
    assert!(asked.elapsed() >= Duration::from_millis(450), "answered after {:?}", asked.elapsed());
    let document = response.json();
    assert_eq!(response.header("location"), document["statusQueryGetUri"].as_str());
    assert_eq!(response.header("retry-after"), Some("10"));
    let id = document["id"].as_str().expect("the answer names the instance");
    host.durable().raise(id, "Close", &json!(true)).expect(202);
    assert_eq!(host.durable().wait_for(id, "Completed")["output"], json!(true));
}

fn a_run_that_was_terminated_meanwhile_answers_its_status(scene: Scene) {
    let host = scene.start();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            host.post("/orchestrators/RegistryOrchestration/wait?timeout=20&retryInterval=0.05")
                .json(&json!("x"))
                .send()
        });
        let id = crate::support::until("the waited-for instance to run", || {
            let list = host.durable().list("?runtimeStatus=Running").expect(200).json();
            list[0]["instanceId"].as_str().map(str::to_owned).ok_or_else(|| list.to_string())
        });
        host.durable().control(&id, "terminate", "enough").expect(202);
        let response = waiting.join().expect("the waiting client got an answer").expect(200);
        let status = response.json();
        assert_eq!(status["runtimeStatus"], "Terminated", "{status}");
        assert_eq!(status["output"], "enough", "{status}");
    });
}

#[test]
fn an_unknown_orchestrator_is_an_error_of_the_function() {
    let scene = Scene::new();
    let host = scene.start();
    host.post("/orchestrators/NoSuchThing/wait").send().expect(500);
    assert_eq!(host.durable().list("").expect(200).json(), json!([]));
}

#[test]
fn an_impossible_time_to_wait_is_refused() {
    let scene = Scene::new();
    let host = scene.start();
    for query in ["timeout=soon", "timeout=-1", "timeout=NaN", "timeout=1&retryInterval=x", "timeout=1e300"] {
        let path = format!("/orchestrators/E1_HelloSequence/wait?{query}");
        let response = host.post(path).send();
        // A reading as the default is allowed as well; a crash, a hang or a wrong answer is not.
        assert!(matches!(response.status, 200 | 400 | 500), "{query}: {response}");
        if response.status == 200 {
            assert_eq!(response.text(), GREETINGS);
        }
    }
    host.expect_alive();
}
