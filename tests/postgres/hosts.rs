//! Several hosts on one database.

use std::fs;

use serde_json::json;

use crate::{
    registry::Registry,
    support::{BASE, Scene, functions},
};

#[test]
fn two_hosts_are_one_app() {
    let scene = Scene::new().on_postgres(&postgres_testkit::server().new_database());
    let (one, other) = (scene.start(), scene.start());
    let registry = Registry::open(&one);
    let elsewhere = Registry { host: &other, id: registry.id.clone() };
    elsewhere.add("Commodore 64");
    registry.add("Zork Trilogy");
    elsewhere.wait_for_items(&["Commodore 64", "Zork Trilogy"]);
    elsewhere.try_finish().expect(200);
    assert_eq!(registry.wait_for_close(), json!(true));
    for n in 0..20 {
        let host = if n % 2 == 0 { &one } else { &other };
        host.durable().start("E1_HelloSequence", &format!("s{n}"), &json!(null)).expect(202);
    }
    for n in 0..20 {
        let host = if n % 3 == 0 { &one } else { &other };
        host.durable().wait_for(&format!("s{n}"), "Completed");
    }
}

#[test]
fn a_host_that_dies_leaves_its_work_to_the_other() {
    let scene = Scene::new().on_postgres(&postgres_testkit::server().new_database());
    let (one, other) = (scene.start(), scene.start());
    for n in 0..10 {
        one.durable().start("E1_HelloSequence", &format!("s{n}"), &json!(null)).expect(202);
    }
    one.kill();
    for n in 0..10 {
        other.durable().wait_for(&format!("s{n}"), "Completed");
    }
}

#[test]
fn apps_share_a_database_and_do_not_meet() {
    let url = postgres_testkit::server().new_database();
    let hub = "AzureFunctionsJobHost__extensions__durableTask__hubName";
    let (one, other) = (
        Scene::new().on_postgres(&url).setting(hub, "one"),
        Scene::second().on_postgres(&url).setting(hub, "other"),
    );
    let (one, other) = (one.start(), other.start());
    one.durable().start("E1_HelloSequence", "same", &json!(null)).expect(202);
    one.durable().wait_for("same", "Completed");
    other.durable().status("same", "").expect(404);
    other.durable().start("E1_HelloSequence", "same", &json!(null)).expect(202);
    other.durable().wait_for("same", "Completed");
}

#[test]
fn a_command_finds_the_host_that_runs() {
    let scene = Scene::new();
    let app = scene.folder().join("app");
    fs::create_dir(&app).expect("the folder takes folders");
    fs::write(app.join("host.toml"), "version = \"2.0\"\n").expect("the folder takes files");
    let url = postgres_testkit::server().new_database();
    let scene = scene.app(&app).on_postgres(&url);
    let host = scene.start();
    // This user could not get into the database: only the host can set the key.
    let locked_out = url.replace("postgres@", "somebody:secret@");
    let key = "a-system-key-of-the-tests-0123456789";
    let app = app.to_str().expect("a plain path");
    let set = ["keys", "set", "system", "durabletask_extension", "--value", key, "--app", app, "--database"];
    let set = [&set[..], &[&*locked_out]].concat();
    functions(&set).expect_success();
    host.get(format!("{BASE}/instances?code={key}")).send().expect(200);
    host.kill();
    let refused = functions(&set).expect_failure();
    assert!(
        refused.stderr.contains("does not let us in") && !refused.stderr.contains("secret"),
        "{}",
        refused.stderr
    );
}
