//! Functions that fail: again and again, then set aside, then redriven.

use serde_json::{Value, json};

use super::scene::{Catcher, trigger};
use crate::support::{Host, MASTER_KEY, until};

fn failing() -> Catcher {
    Catcher::new(&[("Fail", &trigger("in/{name}"))])
}

fn listed(host: &Host) -> Vec<Value> {
    let page = host.get("/admin/blobs/poison").key(MASTER_KEY).send().expect(200).json();
    page["blobs"].as_array().expect("a list").clone()
}

#[track_caller]
fn wait_for_poison(host: &Host, count: usize) -> Vec<Value> {
    until("blobs to be set aside", || {
        let blobs = listed(host);
        if blobs.len() == count { Ok(blobs) } else { Err(format!("{blobs:?}")) }
    })
}

fn change(host: &Host, verb: &str, body: &Value) -> Value {
    host.post(format!("/admin/blobs/poison/{verb}")).key(MASTER_KEY).json(body).send().expect(200).json()
}

#[test]
fn after_five_attempts_a_blob_is_set_aside_and_may_be_redriven() {
    let catcher = failing();
    let host = catcher.start();
    catcher.write("in/nodot", "x");
    let blobs = wait_for_poison(&host, 1);
    assert_eq!(catcher.ledger(), (1..=5).map(|attempt| format!("nodot|try|{attempt}")).collect::<Vec<_>>());
    assert_eq!((&blobs[0]["function"], &blobs[0]["blob"]), (&json!("fail"), &json!("in/nodot")));
    assert_eq!(blobs[0]["attempts"], 5);
    assert!(blobs[0]["reason"].as_str().is_some_and(|why| why.contains("this blob is broken")), "{blobs:?}");

    catcher.mend();
    let changed = change(&host, "redrive", &json!({ "ids": [blobs[0]["id"]] }));
    assert_eq!(changed["blobs"], json!([blobs[0]["id"]]));
    let ledger = catcher.wait_for(7);
    assert_eq!(ledger[5..], ["nodot|try|1", "nodot|mended|1"]);
    assert_eq!(wait_for_poison(&host, 0), [] as [Value; 0]);
}

#[test]
fn what_is_set_aside_outlives_the_host_and_the_command_line_redrives_it() {
    let catcher = failing();
    let host = catcher.start();
    catcher.write("in/a", "x");
    catcher.write("in/b", "x");
    wait_for_poison(&host, 2);
    let list = catcher.command(["blobs", "poison", "list", "--json"]).expect_success();
    let shown: Value = serde_json::from_str(&list.stdout).expect("the list is JSON");
    assert_eq!(shown["blobs"].as_array().map(Vec::len), Some(2));
    Catcher::stop(host);

    // Nobody runs: the command opens the database itself.
    let list = catcher.command(["blobs", "poison", "list"]).expect_success();
    assert!(list.stdout.contains("in/a") && list.stdout.contains("5 attempts"), "{}", list.stdout);
    let first = shown["blobs"][0]["id"].to_string();
    let gone = catcher.command(["blobs", "poison", "discard", &first]).expect_success();
    assert!(gone.stdout.contains("1 given up"), "{}", gone.stdout);
    catcher.command(["blobs", "poison", "discard", &first]).expect_failure();
    catcher.command(["blobs", "poison", "redrive"]).expect_failure();
    catcher.mend();
    let again = catcher.command(["blobs", "poison", "redrive", "--all"]).expect_success();
    assert!(again.stdout.contains("1 run again"), "{}", again.stdout);
    let before = catcher.ledger().len();
    let host = catcher.start();
    catcher.wait_for(before + 2);
    assert_eq!(catcher.counts().iter().filter(|(name, _)| name.ends_with("mended")).count(), 1);
    assert!(listed(&host).is_empty());
}

#[test]
fn only_the_master_key_opens_the_list() {
    let catcher = failing();
    let host = catcher.start();
    host.get("/admin/blobs/poison").send().expect(401);
    host.post("/admin/blobs/poison/redrive").json(&json!({ "all": true })).send().expect(401);
    host.post("/admin/blobs/poison/redrive").key(MASTER_KEY).json(&json!({})).send().expect(400);
    host.post("/admin/blobs/poison/redrive").key(MASTER_KEY).json(&json!({ "some": 1 })).send().expect(400);
    host.get("/admin/blobs/poison?top=x").key(MASTER_KEY).send().expect(400);
}

#[test]
fn a_blob_that_vanishes_is_passed_over() {
    let catcher = failing();
    let host = catcher.start();
    catcher.write("in/a", "x");
    catcher.wait_for(1);
    // It fails again and again until it is gone, or is set aside before; both are in order, a host that hangs is not.
    std::fs::remove_file(catcher.file("in/a")).ok();
    catcher.write("in/b", "x");
    until("the second blob to be set aside", || {
        let blobs = listed(&host);
        if blobs.iter().any(|blob| blob["blob"] == "in/b") { Ok(()) } else { Err(format!("{blobs:?}")) }
    });
}
