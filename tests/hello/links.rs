//! The links of a check-status answer: each works as it is, for its instance and for nothing else.

use serde_json::{Value, json};

use crate::support::{Host, MASTER_KEY, Request, Scene};

/// Starts an orchestration that waits; answers the check-status document.
#[track_caller]
fn start(host: &Host) -> Value {
    let response = host.post("/orchestrators/RegistryOrchestration").json(&json!("x")).send();
    let document = response.expect(202).json();
    host.durable().wait_for(id(&document), "Running");
    document
}

fn id(document: &Value) -> &str {
    document["id"].as_str().expect("the answer names the instance")
}

/// A request to a link as a client would make it: no header, only what the link carries.
#[track_caller]
fn follow(host: &Host, method: &str, document: &Value, link: &str) -> Request {
    let url = document[link].as_str().expect("the link is there");
    let origin = format!("http://{}", host.address());
    let path = url.strip_prefix(&origin).unwrap_or_else(|| panic!("{url} does not lead to {origin}"));
    let path = path.replace("{eventName}", "Close").replace("{text}", "said%20so");
    host.request(method, path)
}

#[test]
fn every_link_works_as_it_is() {
    let scene = Scene::new();
    let host = scene.start();
    let document = start(&host);

    let status = follow(&host, "GET", &document, "statusQueryGetUri").send().expect(202);
    assert_eq!(status.header("retry-after"), Some("5"));
    assert!(status.header("location").is_some_and(|location| location.contains(id(&document))));
    follow(&host, "POST", &document, "suspendPostUri").send().expect(202);
    host.durable().wait_for(id(&document), "Suspended");
    follow(&host, "POST", &document, "resumePostUri").send().expect(202);
    host.durable().wait_for(id(&document), "Running");
    follow(&host, "POST", &document, "sendEventPostUri").json(&json!(true)).send().expect(202);
    host.durable().wait_for(id(&document), "Completed");
    let status = follow(&host, "GET", &document, "statusQueryGetUri").send().expect(200);
    assert_eq!(status.json()["output"], json!(true));
    assert_eq!(status.header("location"), None, "a finished instance sends nobody on");

    let again = follow(&host, "POST", &document, "restartPostUri").send().expect(202).json();
    assert_ne!(id(&again), id(&document));
    let other = start(&host);
    follow(&host, "POST", &other, "terminatePostUri").send().expect(202);
    let ended = host.durable().wait_for(id(&other), "Terminated");
    assert_eq!(ended["output"], "said so");
    follow(&host, "DELETE", &document, "purgeHistoryDeleteUri")
        .send()
        .expect_text(200, r#"{"instancesDeleted":1}"#);
    host.durable().status(id(&document), "").expect(404);
}

#[test]
fn the_code_of_one_instance_opens_only_that_instance() {
    let scene = Scene::new();
    let host = scene.start();
    let (one, other) = (start(&host), start(&host));
    let base = "/runtime/webhooks/durabletask";
    let link = one["statusQueryGetUri"].as_str().expect("the link is there");
    let code =
        link.split("code=").nth(1).and_then(|rest| rest.split('&').next()).expect("the link has a code");
    assert!(!code.is_empty() && code != MASTER_KEY, "a link never carries a key of the host");

    host.get(format!("{base}/instances/{}?code={code}", id(&one))).send().expect(202);
    let elsewhere = [
        ("GET", format!("/instances/{}", id(&other))),
        ("POST", format!("/instances/{}/terminate", id(&other))),
        ("DELETE", format!("/instances/{}", id(&other))),
        ("GET", "/instances".to_owned()),
        ("POST", "/orchestrators/E1_HelloSequence".to_owned()),
        ("POST", format!("/orchestrators/E1_HelloSequence/{}", id(&one))),
        ("GET", "/entities".to_owned()),
        ("GET", format!("/entities/RegistryList/{}", id(&one))),
        ("DELETE", "/instances?createdTimeFrom=2000-01-01T00:00:00Z".to_owned()),
    ];
    for (method, path) in elsewhere {
        let joined = if path.contains('?') { '&' } else { '?' };
        host.request(method, format!("{base}{path}{joined}code={code}")).send().expect(401);
    }
    host.post("/admin/functions/E1_SayHello").header("x-functions-key", code).send().expect(401);
    assert_eq!(host.durable().wait_for(id(&other), "Running")["runtimeStatus"], "Running");
}

#[test]
fn links_outlive_a_restart_of_the_host() {
    let scene = Scene::new();
    let host = scene.start();
    let document = start(&host);
    let link = document["terminatePostUri"].as_str().expect("the link is there");
    let path = link.split_once(&host.address().to_string()).expect("the link leads to the host").1.to_owned();
    host.kill();

    let host = scene.start();
    host.post(path).send().expect(202);
    host.durable().wait_for(id(&document), "Terminated");
}

#[test]
fn links_lead_where_the_client_came_from() {
    let scene = Scene::new();
    let host = scene.start();
    let request = host.post("/orchestrators/E1_HelloSequence").header("host", "jobs.example:8443");
    let response = request.send().expect(202);
    let document = response.json();
    for (name, link) in document.as_object().expect("an object").iter().filter(|(name, _)| *name != "id") {
        let link = link.as_str().expect("a link is a text");
        assert!(link.starts_with("http://jobs.example:8443/runtime/webhooks/durabletask/"), "{name}: {link}");
    }
    assert_eq!(response.header("location"), document["statusQueryGetUri"].as_str());
}
