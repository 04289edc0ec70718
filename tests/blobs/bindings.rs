//! Blobs in and out of functions.

use serde_json::json;

use super::scene::{Catcher, blob, trigger};
use crate::support::MASTER_KEY;

#[test]
fn outputs_have_paths_with_expressions() {
    let copy = trigger("in/{name}.{ext}") + &blob("out", "copy", "out/{ext}/{name}-{sys.MethodName}");
    let sum_up = trigger("in/{name}") + &blob("out", "$return", "sums/{name}.txt");
    let catcher = Catcher::new(&[("Copy", &copy), ("SumUp", &sum_up)]);
    let _host = catcher.start();
    catcher.write("in/a/b.txt", "hello");
    catcher.wait_for_blob("out/txt/a/b-Copy", "hello");
    catcher.wait_for_blob("sums/a/b.txt.txt", "a/b.txt has 5 bytes");
}

const SHOW: &str = r#"
[[bindings]]
type = "httpTrigger"
name = "req"
authLevel = "anonymous"
route = "show/{kind}"

[[bindings]]
type = "http"
name = "$return"
direction = "out"
"#;

#[test]
fn inputs_come_from_routes_queries_and_bodies() {
    let show = SHOW.to_owned() + &blob("in", "wanted", "{kind}/{Query.year}/{month}.txt");
    let keep = "[[bindings]]\ntype = \"manualTrigger\"\nname = \"input\"\n".to_owned()
        + &blob("out", "$return", "kept/{order.id}.json");
    let catcher = Catcher::new(&[("Show", &show), ("Keep", &keep)]);
    let host = catcher.start();
    catcher.write("reports/2026/may.txt", "all well");
    let ask = |path: &str, body: serde_json::Value| host.post(path).json(&body).send();
    let answer = ask("/api/show/reports?year=2026", json!({ "month": "may" }));
    assert_eq!(answer.expect(200).text(), "all well");
    assert_eq!(ask("/api/show/reports?year=2026", json!({})).status, 500);
    host.wait_to_say("`{month}` has no value in this call");
    assert_eq!(ask("/api/show/reports?year=2027", json!({ "month": "may" })).status, 500);
    assert_eq!(ask("/api/show/..?year=2026", json!({ "month": "may" })).status, 500);

    let run = host.post("/admin/functions/Keep?wait=true").key(MASTER_KEY);
    run.json(&json!({ "input": { "order": { "id": 12 } } })).send().expect(200);
    catcher.wait_for_blob("kept/12.json", r#"{"order":{"id":12}}"#);
}

#[test]
fn what_is_wrong_is_found_before_anything_starts() {
    let looping = trigger("in/{name}") + &blob("out", "copy", "in/copies/{name}");
    let unknown = trigger("in/{name}") + &blob("out", "copy", "out/{nme}");
    let malformed = trigger("in/{name");
    let nowhere = trigger("in/{name}") + "connection = \"Nowhere\"\n";
    let catcher =
        Catcher::new(&[("Copy", &looping), ("SumUp", &unknown), ("Catch", &malformed), ("Fail", &nowhere)]);
    let checked = catcher.command(["check"]).expect_failure();
    for words in [
        "FN0509",
        "falls into the path that starts it",
        "FN0508",
        "`{nme}` has no value in a function with `blobTrigger`",
        "FN0507",
        "at character 4: this `{` has no `}` after it",
        "FN0510",
        "there is no setting `Nowhere`",
    ] {
        assert!(
            checked.stderr.contains(words) || checked.stdout.contains(words),
            "{words}: {}",
            checked.stderr
        );
    }
}
