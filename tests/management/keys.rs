//! Who gets in: nobody without a key, the master everywhere.

use std::time::Duration;

use rustix::process::Signal;
use serde_json::json;

use super::{SHORT, WAITING};
use crate::support::{BASE, MASTER_KEY, OLD_BASE, Scene};

const CALLS: [(&str, &str); 14] = [
    ("POST", "/orchestrators/E1_HelloSequence"),
    ("POST", "/orchestrators/E1_HelloSequence/own"),
    ("GET", "/instances"),
    ("GET", "/instances/one"),
    ("POST", "/instances/one/raiseEvent/Close"),
    ("POST", "/instances/one/terminate"),
    ("POST", "/instances/one/suspend"),
    ("POST", "/instances/one/resume"),
    ("POST", "/instances/one/restart"),
    ("DELETE", "/instances/one"),
    ("DELETE", "/instances?createdTimeFrom=2000-01-01T00:00:00Z"),
    ("GET", "/entities"),
    ("GET", "/entities/Counter/x"),
    ("POST", "/entities/Counter/x?op=Add"),
];

#[test]
fn without_a_key_nothing_is_seen_and_nothing_is_done() {
    let scene = Scene::new();
    let host = scene.start();
    host.durable().start_running(WAITING, "one", &json!("x"));
    for base in [BASE, OLD_BASE] {
        for (method, path) in CALLS {
            let request = || host.request(method, format!("{base}{path}")).json(&json!(true));
            request().send().expect_text(401, "");
            request().key("wrong").send().expect_text(401, "");
            request().key("").send().expect_text(401, "");
            let joined = if path.contains('?') { '&' } else { '?' };
            let with_code = |code: &str| {
                host.request(method, format!("{base}{path}{joined}code={code}")).json(&json!(true)).send()
            };
            with_code("wrong").expect(401);
            with_code("").expect(401);
        }
    }
    let list = host.durable().list("").expect(200).json();
    assert_eq!(list.as_array().map(Vec::len), Some(1), "{list}");
    assert_eq!(list[0]["runtimeStatus"], "Running", "{list}");
    host.durable().entity("Counter", "x").expect(404);
}

#[test]
fn the_master_key_opens_by_header_and_by_query() {
    let scene = Scene::new();
    let host = scene.start();
    host.get(format!("{BASE}/instances?code={MASTER_KEY}")).send().expect(200);
    host.get(format!("{BASE}/instances")).key(MASTER_KEY).send().expect(200);
    // The header wins over the query.
    host.get(format!("{BASE}/instances?code={MASTER_KEY}")).key("wrong").send().expect(401);
    host.get(format!("{BASE}/instances?code=wrong")).key(MASTER_KEY).send().expect(200);
    let almost = &MASTER_KEY[..MASTER_KEY.len() - 1];
    host.get(format!("{BASE}/instances")).key(almost).send().expect(401);
    host.get(format!("{BASE}/instances")).key(&MASTER_KEY.to_uppercase()).send().expect(401);
}

#[test]
fn the_admin_api_wants_the_master_key() {
    let scene = Scene::new();
    let host = scene.start();
    for (method, path) in [
        ("GET", "/admin/functions"),
        ("POST", "/admin/functions/E1_SayHello"),
        ("GET", "/admin/host/status"),
        ("POST", "/admin/clock/advance"),
    ] {
        host.request(method, path).json(&json!({"input": "x"})).send().expect(401);
        host.request(method, path).key("wrong").json(&json!({"input": "x"})).send().expect(401);
    }
    host.get("/admin/functions").key(MASTER_KEY).send().expect(200);
    host.get("/admin/host/status").key(MASTER_KEY).send().expect(200);
}

#[test]
fn the_switch_for_development_opens_everything() {
    let scene = Scene::new().argument("--no-auth");
    let host = scene.start();
    host.get(format!("{BASE}/instances")).send().expect(200);
    host.post(format!("{BASE}/orchestrators/{SHORT}")).send().expect(202);
    host.get("/admin/functions").send().expect(200);
}

#[test]
fn a_host_without_a_master_key_makes_one_and_shows_it_once() {
    const SHOWN: &str = "shown this once: ";

    let scene = Scene::new().without_master_key();
    let host = scene.start();
    let said = host.wait_to_say("Ready");
    let key = said.split_once(SHOWN).and_then(|(_, rest)| rest.split_whitespace().next());
    let key = key.unwrap_or_else(|| panic!("no key was shown: {said}")).to_owned();
    host.get("/admin/functions").key(&key).send().expect(200);
    host.get("/admin/functions").key(MASTER_KEY).send().expect(401);
    host.kill();

    let host = scene.start();
    let said = host.wait_to_say("Ready");
    assert!(!said.contains(SHOWN), "shown again: {said}");
    host.get("/admin/functions").key(&key).send().expect(200);
    drop(host);

    for entry in std::fs::read_dir(scene.folder()).expect("the data folder can be read") {
        let path = entry.expect("the data folder can be read").path();
        if path.is_dir() {
            continue; // for blobs, and empty
        }
        let kept = std::fs::read(&path).expect("a file of the data folder can be read");
        let found = kept.windows(key.len()).any(|part| part == key.as_bytes());
        assert!(!found, "the key itself is kept in {}", path.display());
    }
}

#[test]
fn keys_are_never_written_to_the_log() {
    let scene = Scene::new().argument("--verbose");
    let mut host = scene.start();
    let answer =
        host.post(format!("{BASE}/orchestrators/{SHORT}?code={MASTER_KEY}")).send().expect(202).json();
    let link = answer["statusQueryGetUri"].as_str().expect("the link is there");
    let code =
        link.split("code=").nth(1).and_then(|rest| rest.split('&').next()).expect("the link has a code");
    host.get(link.split_once(&host.address().to_string()).expect("the link leads here").1).send();
    host.get(format!("{BASE}/instances")).key(MASTER_KEY).send().expect(200);
    host.signal(Signal::TERM);
    host.wait_for_end(Duration::from_secs(10));
    for said in [host.wait_to_say("stopped"), host.stdout()] {
        assert!(!said.contains(MASTER_KEY), "the master key was logged: {said}");
        assert!(!said.contains(code), "an instance's code was logged: {said}");
    }
}
