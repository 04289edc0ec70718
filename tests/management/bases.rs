//! Both bases of the API, and what is none of it.

use serde_json::json;

use super::{SHORT, WAITING};
use crate::support::{BASE, MASTER_KEY, OLD_BASE, Scene};

#[test]
fn the_base_of_2017_serves_the_same_instances() {
    let scene = Scene::new();
    let host = scene.start();
    let (new, old) = (host.durable(), host.durable().under(OLD_BASE));
    old.start_running(WAITING, "one", &json!("x"));
    let (by_new, by_old) = (new.status("one", "").expect(202), old.status("one", "").expect(202));
    assert_eq!(by_new.json(), by_old.json());
    assert_eq!(new.list("").json(), old.list("").json());
    old.control("one", "suspend", "x").expect(202);
    new.wait_for("one", "Suspended");
    old.control("one", "resume", "x").expect(202);
    old.raise("one", "Close", &json!(true)).expect(202);
    assert_eq!(new.wait_for("one", "Completed")["output"], json!(true));
    old.purge("one").expect(200);
    new.status("one", "").expect(404);
}

#[test]
fn paths_have_no_case() {
    let scene = Scene::new();
    let host = scene.start();
    host.durable().start(SHORT, "One", &json!(null)).expect(202);
    for path in [
        "/Runtime/WebHooks/DurableTask/Instances",
        "/RUNTIME/WEBHOOKS/DURABLETASK/INSTANCES/One",
        "/ADMIN/Extensions/durabletaskextension/instances/One",
    ] {
        let response = host.get(path).key(MASTER_KEY).send();
        assert!(matches!(response.status, 200 | 202), "{path}: {response}");
    }
    host.get(format!("{BASE}/instances/one")).key(MASTER_KEY).send().expect(404);
}

#[test]
fn a_wrong_method_or_path_is_not_found() {
    let scene = Scene::new();
    let host = scene.start();
    host.durable().start_running(WAITING, "one", &json!("x"));
    for (method, path) in [
        ("PUT", "/instances/one"),
        ("POST", "/instances"),
        ("GET", "/instances/one/terminate"),
        ("POST", "/instances/one/explode"),
        ("GET", "/orchestrators/E1_HelloSequence"),
        ("POST", "/orchestrators"),
        ("GET", "/nothing"),
        ("GET", ""),
        ("GET", "/instances/one/raiseEvent/Close"),
        ("GET", "/instances/one/two/three/four"),
    ] {
        host.durable().request(method, path).send().expect(404);
    }
    host.durable().wait_for("one", "Running");
}
