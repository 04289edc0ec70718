//! Access keys, made and removed over HTTP.

use fnhost::app::trigger::AuthLevel;
use serde_json::{Value, json};

use crate::support::*;

fn names(answer: &Answer) -> Vec<String> {
    let body = answer.json();
    let keys = body["keys"].as_array().unwrap().iter();
    keys.inspect(|key| assert_eq!(key["value"], Value::Null, "values are not kept"))
        .map(|key| key["name"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn lists_have_names_and_no_values() {
    let scene = Scene::new().await;
    let link = |path: &str| json!([{"rel": "self", "href": format!("{ORIGIN}{path}")}]);
    scene.call("GET", "/admin/functions/HELLO/keys").await.is(
        200,
        json!({"keys": [{"name": "default", "value": null}], "links": link("/admin/functions/HELLO/keys")}),
    );
    scene.call("GET", "/admin/functions/hello/keys/Default").await.is(
        200,
        json!({"name": "default", "value": null, "links": link("/admin/functions/hello/keys/Default")}),
    );
    for (target, expected) in [
        ("/admin/functions/Tick/keys", &[][..]),
        ("/admin/host/keys", &["_master", "default"]),
        ("/admin/host/functionkeys", &["default"]),
        ("/admin/host/systemkeys", &["durabletask_extension", "other_extension"]),
    ] {
        assert_eq!(names(&scene.call("GET", target).await), expected, "{target}");
    }
    scene.call("GET", "/admin/host/keys/none").await.is_problem(
        404,
        "noSuchKey",
        "there is no key `none` here",
    );
    scene.call("GET", "/admin/functions/Nobody/keys").await.is_problem(
        404,
        "noSuchFunction",
        "there is no function `Nobody`",
    );
}

#[tokio::test]
async fn a_key_is_shown_once_and_works_at_once() {
    let scene = Scene::new().await;
    let opens =
        |function: &str, key: &str| scene.keys.check(AuthLevel::Function, function, Some(key)).is_allowed();
    let made = scene.call("POST", "/admin/functions/Hello/keys/Partner").await;
    let key = made.json()["value"].as_str().unwrap().to_owned();
    made.is(
        201,
        json!({
            "name": "partner", "value": key,
            "links": [{"rel": "self", "href": format!("{ORIGIN}/admin/functions/Hello/keys/Partner")}],
        }),
    );
    assert_eq!(made.header("cache-control"), Some("no-store"));
    assert!(opens("Hello", &key) && !opens("Other", &key));

    let again = scene.call("POST", "/admin/functions/Hello/keys/partner").await;
    assert_eq!(again.status, 200);
    assert!(!opens("Hello", &key), "the old one is void");

    let set = scene.json("PUT", "/admin/host/functionkeys/ci", r#"{"value": "chosen-key-0123456789"}"#).await;
    assert_eq!((set.status, &set.json()["value"]), (201, &json!("chosen-key-0123456789")));
    assert!(opens("Hello", "chosen-key-0123456789") && opens("Other", "chosen-key-0123456789"));

    scene.call("DELETE", "/admin/host/functionkeys/CI").await.is_empty(204);
    assert!(!opens("Hello", "chosen-key-0123456789"));
    scene.call("DELETE", "/admin/host/functionkeys/ci").await.is_problem(
        404,
        "noSuchKey",
        "there is no key `ci` here",
    );
}

#[tokio::test]
async fn without_a_name_it_is_the_usual_one() {
    let scene = Scene::new().await;
    for (method, target, body, name) in [
        ("POST", "/admin/functions/Tick/keys", "", "default"),
        ("PUT", "/admin/host/keys", r#"{"value": "chosen-key-0123456789"}"#, "default"),
        ("PUT", "/admin/host/keys", r#"{"name": "Named", "value": "chosen-key-0123456789"}"#, "named"),
        ("PUT", "/admin/host/keys/path", r#"{"name": "body", "value": "chosen-key-0123456789"}"#, "path"),
        ("PUT", "/admin/host/systemkeys", r#"{"name": "ext", "value": "chosen-key-0123456789"}"#, "ext"),
    ] {
        let answer = scene.json(method, target, body).await;
        assert_eq!(answer.json()["name"], name, "{method} {target} {body}");
    }
    assert!(scene.keys.check_system("ext", Some("chosen-key-0123456789")).is_allowed());
    scene.call("POST", "/admin/host/systemkeys").await.is_problem(
        400,
        "missingName",
        "a system key has the name of its extension, such as durabletask_extension",
    );
}

#[tokio::test]
async fn what_can_be_no_key_is_refused() {
    let scene = Scene::new().await;
    let put = async |target: &str, body: &str| scene.json("PUT", target, body).await;
    let target = "/admin/host/keys/new";
    put(target, "").await.is_problem(400, "missingValue", "`value` is missing; POST makes a random key");
    put(target, "{").await.is_problem(
        400,
        "invalidJson",
        "invalid JSON: EOF while parsing an object at line 1 column 1",
    );
    put(target, r#"{"value": "short"}"#).await.is_problem(
        400,
        "badKey",
        "the key has 5 characters; allowed are 16 to 256",
    );
    put(target, r#"{"value": "with spaces in it all over"}"#).await.is_problem(
        400,
        "badKey",
        "the key has a character that is not visible ASCII; allowed are letters, digits and punctuation",
    );
    let bad_name =
        "the name of a key must have 1 to 128 characters, which are letters, digits, `-`, `_` or `.`";
    for target in
        ["/admin/host/keys/a%20b", "/admin/host/systemkeys/a%2Fb", "/admin/functions/Hello/keys/%00"]
    {
        put(target, r#"{"value": "chosen-key-0123456789"}"#).await.is_problem(400, "badKeyName", bad_name);
    }
    let long = format!(r#"{{"value": "{}"}}"#, "x".repeat(5_000));
    put(target, &long).await.is_problem(413, "bodyTooLarge", "the body has more bytes than this host takes");
    assert_eq!(names(&scene.call("GET", "/admin/host/functionkeys").await), ["default"]);
}

#[tokio::test]
async fn the_master_key_stays() {
    let scene = Scene::new().await;
    // It comes from a setting here, so it can only be changed there.
    for target in ["/admin/host/keys/_master", "/admin/host/systemkeys/_MASTER"] {
        scene.call("POST", target).await.is_problem(
            409,
            "keyOfSetting",
            "the key comes from the setting `FNHOST_MASTER_KEY`; change it there",
        );
        scene.call("DELETE", target).await.is_problem(
            400,
            "masterKeyStays",
            "the master key cannot be removed; set another one instead",
        );
    }
}

#[tokio::test]
async fn other_methods_are_404() {
    let scene = Scene::new().await;
    for (method, target) in [
        ("DELETE", "/admin/host/keys"),
        ("PATCH", "/admin/host/keys/default"),
        ("DELETE", "/admin/functions/Hello/keys"),
    ] {
        scene.call(method, target).await.is_empty(404);
    }
}
