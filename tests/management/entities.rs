//! `/entities[/{name}[/{key}]]`.

use serde_json::{Value, json};

use crate::support::{Durable, Scene};

#[track_caller]
fn list(durable: Durable<'_>, path: &str) -> Vec<Value> {
    let list = durable.request("GET", path).send().expect(200).json();
    list.as_array().cloned().unwrap_or_else(|| panic!("{list} is no list"))
}

#[test]
fn entities_are_listed_by_name() {
    let scene = Scene::new();
    let host = scene.start();
    let durable = host.durable();
    assert_eq!(list(durable, "/entities"), [Value::Null; 0]);
    durable.signal("Counter", "a", "Add", &json!(1)).expect(202);
    durable.signal("Counter", "b", "Add", &json!(2)).expect(202);
    durable.signal("RegistryStats", "$", "NewItem", &json!(null)).expect(202);
    durable.wait_for_entity("Counter", "a", r#"{"value":1}"#);
    durable.wait_for_entity("Counter", "b", r#"{"value":2}"#);
    durable.wait_for_entity("RegistryStats", "", r#"{"RegistryCount":0,"ItemsCount":1}"#);

    let all = list(durable, "/entities");
    let ids: Vec<_> = all.iter().map(|entity| entity["entityId"].clone()).collect();
    let id = |name: &str, key: &str| json!({"name": name, "key": key});
    assert_eq!(ids, [id("counter", "a"), id("counter", "b"), id("registrystats", "")]);
    assert!(
        all.iter().all(|entity| entity.get("state").is_none_or(Value::is_null)),
        "states only when asked for"
    );
    assert!(all.iter().all(|entity| entity["lastOperationTime"].is_string()), "{all:?}");

    let counters = list(durable, "/entities/Counter?fetchState=true");
    let states: Vec<_> = counters.iter().map(|entity| entity["state"].clone()).collect();
    assert_eq!(states, [json!({"value": 1}), json!({"value": 2})]);
    assert_eq!(list(durable, "/entities/NoSuchThing"), [Value::Null; 0]);
}

#[test]
fn entities_are_listed_in_pages() {
    let scene = Scene::new();
    let host = scene.start();
    let durable = host.durable();
    for n in 0..5 {
        durable.signal("Counter", &format!("k{n}"), "Add", &json!(n)).expect(202);
        durable.wait_for_entity("Counter", &format!("k{n}"), &format!(r#"{{"value":{n}}}"#));
    }
    let mut keys = Vec::new();
    let mut token = None;
    for _ in 0..4 {
        let mut request = durable.request("GET", "/entities?top=2");
        if let Some(token) = token.take() {
            request = request.header("x-ms-continuation-token", token);
        }
        let page = request.send().expect(200);
        let entities = page.json();
        let entities = entities.as_array().expect("a list");
        assert!(entities.len() <= 2);
        keys.extend(
            entities.iter().map(|entity| entity["entityId"]["key"].as_str().expect("a key").to_owned()),
        );
        token = page.header("x-ms-continuation-token").filter(|token| !token.is_empty()).map(str::to_owned);
        if token.is_none() {
            break;
        }
    }
    assert_eq!(keys, ["k0", "k1", "k2", "k3", "k4"]);
}

#[test]
fn a_signal_with_bad_content_is_refused() {
    let scene = Scene::new();
    let host = scene.start();
    let durable = host.durable();
    let signal = durable.request("POST", "/entities/Counter/x?op=Add");
    signal.body("application/json", "{").send().expect_mention(400, "Could not parse JSON content");
    for name in ["NoSuchThing", "E1_HelloSequence"] {
        let response = durable.signal(name, "x", "Add", &json!(1));
        assert!(matches!(response.status, 400 | 404), "{response}");
    }
    for key in ["a/b", "a\\b", "a#b", "a?b", "a\nb"] {
        let text = "Entity keys must not contain /, \\, #, ?, or control characters.";
        durable.signal("Counter", key, "Add", &json!(1)).expect_mention(400, text);
        durable.entity("Counter", key).expect(400);
    }
    assert_eq!(list(durable, "/entities"), [Value::Null; 0]);
}

#[test]
fn an_unknown_entity_is_not_found() {
    let scene = Scene::new();
    let host = scene.start();
    host.durable().entity("Counter", "nowhere").expect(404);
    host.durable().entity("NoSuchThing", "nowhere").expect(404);
}
