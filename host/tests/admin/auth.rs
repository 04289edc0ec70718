//! Every route against every kind of key. A caller is let in exactly where the table says so; everybody else gets 401
//! and no body, and nothing is asked of what lies behind.

use fnhost_protocol::ids::InstanceId;
use fnhost_protocol::status::RuntimeStatus;

use crate::support::*;

const OF_MASTER: &[(&str, &str)] = &[
    ("GET", "/admin/functions"),
    ("GET", "/admin/functions/Hello"),
    ("POST", "/admin/functions/Tick"),
    ("POST", "/admin/functions/Tick?wait=true"),
    ("GET", "/admin/functions/Hello/status"),
    ("GET", "/admin/functions/Hello/keys"),
    ("GET", "/admin/functions/Hello/keys/default"),
    ("POST", "/admin/functions/Hello/keys/new"),
    ("PUT", "/admin/functions/Hello/keys/new"),
    ("DELETE", "/admin/functions/Hello/keys/new"),
    ("GET", "/admin/host/status"),
    ("GET", "/admin/host/ping"),
    ("POST", "/admin/host/ping"),
    ("GET", "/admin/host/keys"),
    ("POST", "/admin/host/keys/_master"),
    ("PUT", "/admin/host/keys/_master"),
    ("DELETE", "/admin/host/keys/default"),
    ("GET", "/admin/host/functionkeys"),
    ("GET", "/admin/host/systemkeys"),
    ("POST", "/admin/clock/advance"),
    ("GET", "/admin"),
    ("GET", "/admin/nothing"),
    ("GET", "/admin/health/live/more"),
    ("GET", "/ADMIN/Host/Status"),
    ("GET", "/admin/extensions/other"),
];

const OF_SYSTEM: &[(&str, &str)] = &[
    ("POST", "/orchestrators/Hello"),
    ("POST", "/orchestrators/Hello/abc"),
    ("GET", "/instances"),
    ("GET", "/instances/"),
    ("DELETE", "/instances?createdTimeFrom=2026-01-01"),
    ("GET", "/entities"),
    ("GET", "/entities/counter"),
    ("GET", "/entities/counter/k"),
    ("POST", "/entities/counter/k?op=add"),
    ("DELETE", "/entities/counter/k"),
    ("POST", "/makeprimary"),
    ("GET", ""),
    ("GET", "/nothing"),
    ("GET", "/instances/abc/explode"),
];

const OF_INSTANCE: &[(&str, &str)] = &[
    ("GET", "/instances/abc"),
    ("GET", "/instances/abc/"),
    ("GET", "/INSTANCES/abc"),
    ("GET", "/instances/%61bc"),
    ("DELETE", "/instances/abc"),
    ("POST", "/instances/abc/raiseEvent/Go"),
    ("POST", "/instances/abc/terminate"),
    ("POST", "/instances/abc/suspend"),
    ("POST", "/instances/abc/resume"),
    ("POST", "/instances/abc/rewind"),
    ("POST", "/instances/abc/restart"),
    // Not for this method: whoever may see the instance may know that.
    ("PUT", "/instances/abc"),
];

/// Everything that a caller may present, by name.
fn presented(scene: &Scene) -> Vec<(&'static str, Option<String>)> {
    let token = |id: &str| Some(scene.keys.tokens().token(&InstanceId::parse(id).unwrap()));
    let key = |key: &str| Some(key.to_owned());
    vec![
        ("nothing", None),
        ("an empty key", key("")),
        ("an unknown key", key("unknown-key-0123456789")),
        ("master", key(MASTER)),
        ("host", key(HOST)),
        ("function", key(HELLO)),
        ("other function", key(OTHER)),
        ("system", key(SYSTEM)),
        ("other system", key(FOREIGN_SYSTEM)),
        ("token", token("abc")),
        ("other token", token("abd")),
        ("token in other case", token("ABC")),
    ]
}

/// Calls a route with everything, in the header and in the query, and looks who gets in.
async fn only_opens_to(method: &str, target: &str, openers: &[&str]) {
    let scene = Scene::new().await;
    scene.durable.has(instance("abc", RuntimeStatus::Running));
    for (name, key) in presented(&scene) {
        let header = scene.with_key(method, target, key.as_deref()).await;
        let mark = if target.contains('?') { '&' } else { '?' };
        let with_code = key.as_ref().map_or(target.to_owned(), |key| format!("{target}{mark}code={key}"));
        let query = scene.with_key(method, &with_code, None).await;
        for answer in [header, query] {
            if openers.contains(&name) {
                assert_ne!(answer.status, 401, "{method} {target} with {name}");
            } else {
                assert_eq!(answer.status, 401, "{method} {target} with {name}");
                assert_eq!(answer.body, "");
                scene.durable.was_asked(&[]);
            }
            scene.durable.forget();
        }
        assert!(openers.contains(&name) || scene.runner.runs.lock().unwrap().is_empty());
        scene.runner.runs.lock().unwrap().clear();
        // What a route with the master key may have changed.
        scene.restore_keys().await;
    }
}

#[tokio::test]
async fn the_admin_api_opens_to_the_master_key_alone() {
    for (method, target) in OF_MASTER {
        only_opens_to(method, target, &["master"]).await;
    }
}

#[tokio::test]
async fn the_durable_api_opens_to_its_system_key_and_the_master_key() {
    for base in [BASE, OLD_BASE] {
        for (method, target) in OF_SYSTEM {
            only_opens_to(method, &format!("{base}{target}"), &["master", "system"]).await;
        }
    }
}

#[tokio::test]
async fn a_token_opens_its_instance_and_nothing_else() {
    for base in [BASE, OLD_BASE] {
        for (method, target) in OF_INSTANCE {
            only_opens_to(method, &format!("{base}{target}"), &["master", "system", "token"]).await;
        }
    }
}

#[tokio::test]
async fn an_entity_has_no_token() {
    let scene = Scene::new().await;
    let id = InstanceId::from_stored("@counter@k");
    let token = scene.keys.tokens().token(&id);
    let target = format!("{BASE}/instances/@counter@k");
    scene.with_key("GET", &target, Some(&token)).await.is_empty(401);
}

#[tokio::test]
async fn the_header_wins_over_the_query() {
    let scene = Scene::new().await;
    let right_code = format!("/admin/host/ping?code={MASTER}");
    scene.with_key("GET", &right_code, None).await.is_empty(200);
    scene.with_key("GET", &right_code, Some("wrong-key-0123456789")).await.is_empty(401);
    scene.with_key("GET", &right_code, Some("")).await.is_empty(401);
    scene.with_key("GET", "/admin/host/ping?code=wrong-key-0123456789", Some(MASTER)).await.is_empty(200);
}

#[tokio::test]
async fn some_doors_have_no_lock() {
    let scene = Scene::new().await;
    for target in ["/", "/admin/health/live", "/admin/health/ready", "/Admin/Health/Live"] {
        assert_eq!(scene.with_key("GET", target, None).await.status, 200, "{target}");
        assert_eq!(scene.with_key("GET", target, Some("wrong-key-0123456789")).await.status, 200, "{target}");
    }
}

#[tokio::test]
async fn without_auth_every_door_is_open() {
    let scene = Scene::with(Setup { without_auth: true, ..Setup::default() }).await;
    scene.with_key("GET", "/admin/host/ping", None).await.is_empty(200);
    scene.with_key("GET", "/admin/host/ping", Some("wrong-key-0123456789")).await.is_empty(200);
    scene.with_key("POST", &format!("{BASE}/makeprimary"), None).await.is_empty(200);
}

#[tokio::test]
async fn links_open_what_they_name() {
    let scene = Scene::new().await;
    scene.durable.has(instance("abc", RuntimeStatus::Running));
    let links = scene.json("POST", &format!("{BASE}/orchestrators/Hello/abc"), "").await.json();
    for (method, link, status) in [
        ("GET", "statusQueryGetUri", 202),
        ("POST", "terminatePostUri", 202),
        ("POST", "suspendPostUri", 202),
        ("POST", "resumePostUri", 202),
        ("DELETE", "purgeHistoryDeleteUri", 412),
        ("POST", "restartPostUri", 202),
    ] {
        let target = links[link].as_str().unwrap().strip_prefix(ORIGIN).unwrap().replace("{text}", "why");
        assert_eq!(scene.with_key(method, &target, None).await.status, status, "{link}");
    }
    let target = links["sendEventPostUri"].as_str().unwrap().strip_prefix(ORIGIN).unwrap();
    let target = target.replace("{eventName}", "Go");
    let answer = scene.raw("POST", &target, &[("content-type", "application/json")], b"1").await;
    answer.is_empty(202);
}
