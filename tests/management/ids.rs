//! Which instance ids are refused, with the texts that clients know.

use serde_json::json;

use super::{SHORT, WAITING};
use crate::support::{Scene, percent};

const FORBIDDEN: &str = "Orchestration instance ids must not contain /, \\, #, ?, or control characters.";
const LEADING_AT: &str = "Orchestration instance ids must not start with @.";
const TOO_LONG: &str = "Instance ID lengths must not exceed 256 characters.";

#[test]
fn ids_that_would_break_a_url_are_refused() {
    let scene = Scene::new();
    let host = scene.start();
    let long = "x".repeat(257);
    for (id, text) in [
        ("a/b", FORBIDDEN),
        ("a#b", FORBIDDEN),
        ("a?b", FORBIDDEN),
        ("a\\b", FORBIDDEN),
        ("a\nb", FORBIDDEN),
        ("a\u{7f}b", FORBIDDEN),
        ("@counter@x", LEADING_AT),
        ("@", LEADING_AT),
        (&long, TOO_LONG),
    ] {
        host.durable().start(SHORT, id, &json!(null)).expect_mention(400, text);
    }
    assert_eq!(host.durable().list("").expect(200).json(), json!([]));
}

#[test]
fn ids_that_only_look_odd_are_taken_as_they_are() {
    let scene = Scene::new();
    let host = scene.start();
    let durable = host.durable();
    for id in ["a@b", "with space", "100%", "a%2Fb", "ü\u{1F381}", "a+b", "a&b=c", "..", ";,:", "'\"<"] {
        let answer = durable.start(WAITING, id, &json!("x")).expect(202).json();
        assert_eq!(answer["id"], id);
        let status = durable.wait_for(id, "Running");
        assert_eq!(status["instanceId"], id);
        let link = answer["statusQueryGetUri"].as_str().expect("the link is there");
        assert!(link.contains(&format!("/instances/{}?", percent(id))), "{id} is not encoded in {link}");
        durable.raise(id, "Close", &json!(true)).expect(202);
        durable.wait_for(id, "Completed");
    }
}

#[test]
fn the_longest_id_has_256_characters_not_bytes() {
    let scene = Scene::new();
    let host = scene.start();
    let longest = "ü".repeat(256);
    host.durable().start(SHORT, &longest, &json!(null)).expect(202);
    host.durable().wait_for(&longest, "Completed");
    host.durable().start(SHORT, &format!("{longest}x"), &json!(null)).expect_mention(400, TOO_LONG);
}

#[test]
fn entities_are_no_instances() {
    let scene = Scene::new();
    let host = scene.start();
    let durable = host.durable();
    durable.signal("Counter", "x", "Add", &json!(1)).expect(202);
    durable.wait_for_entity("Counter", "x", r#"{"value":1}"#);
    assert_eq!(durable.list("").expect(200).json(), json!([]), "an entity is not in the list of instances");
    for response in [
        durable.control("@counter@x", "terminate", "no"),
        durable.control("@counter@x", "suspend", "no"),
        durable.raise("@counter@x", "Add", &json!(1)),
        durable.purge("@counter@x"),
    ] {
        assert!(matches!(response.status, 400 | 404), "{response}");
    }
    durable.signal("Counter", "x", "Add", &json!(1)).expect(202);
    durable.wait_for_entity("Counter", "x", r#"{"value":2}"#);
}
