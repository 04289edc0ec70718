//! `list`, `check`, `invoke`, `keys`, `init`, `new`.

use std::fs;

use serde_json::{Value, json};

use crate::support::{BASE, MASTER_KEY, Scene, app_root, functions};

#[test]
fn list_names_the_functions_of_the_sample_app() {
    let listed = functions(["list", "--json"]).expect_success().stdout;
    let listed: Value = serde_json::from_str(&listed).expect("--json prints JSON and nothing else");
    let all = listed["functions"].as_array().expect("a list of functions");
    let find = |name: &str| {
        let found = all.iter().find(|function| function["name"] == name);
        found.unwrap_or_else(|| panic!("{name} is missing in {listed}"))
    };
    for (name, trigger) in [
        ("Open", "httpTrigger"),
        ("Add", "httpTrigger"),
        ("Finish", "httpTrigger"),
        ("Peek", "httpTrigger"),
        ("Stats", "httpTrigger"),
        ("RegistryOrchestration", "orchestrationTrigger"),
        ("NewList", "activityTrigger"),
        ("RegistryList", "entityTrigger"),
        ("RegistryStats", "entityTrigger"),
        ("HttpStart", "httpTrigger"),
        ("HttpSyncStart", "httpTrigger"),
        ("E1_HelloSequence", "orchestrationTrigger"),
        ("E1_SayHello", "activityTrigger"),
        ("Counter", "entityTrigger"),
        ("GetRepoStatsOrchestrator", "orchestrationTrigger"),
        ("MainDownloadOrchestrator", "orchestrationTrigger"),
        ("E3_Monitor", "orchestrationTrigger"),
        ("ManualStart", "manualTrigger"),
    ] {
        assert_eq!(find(name)["trigger"], trigger, "{name}");
    }
    assert_eq!(find("Add")["route"], "/api/Add/{id}");
    assert_eq!(find("Add")["methods"], json!(["GET"]));
    assert_eq!(find("HttpStart")["route"], "/orchestrators/{functionName}");
    assert_eq!(listed["leftOut"], json!([]));

    let people = functions(["list"]).expect_success().stdout;
    assert!(people.contains("RegistryOrchestration") && people.contains("/api/Add/{id}"), "{people}");
}

#[test]
fn check_finds_nothing_in_the_sample_app() {
    functions(["check"]).expect_success();
    let report = functions(["check", "--json"]).expect_success().stdout;
    serde_json::from_str::<Value>(&report).expect("--json prints JSON and nothing else");
}

#[test]
fn check_finds_what_is_broken() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::write(folder.path().join("host.toml"), "version = \"2.0\"\n").expect("the folder takes files");
    fs::create_dir(folder.path().join("Broken")).expect("the folder takes folders");
    fs::write(folder.path().join("Broken/function.toml"), "bindings = 5\n").expect("the folder takes files");
    let app = folder.path().to_str().expect("a plain path");
    let found = functions(["check", "--app", app]).expect_failure();
    assert_eq!(found.code, Some(1), "{}", found.stderr);
    assert!(found.stderr.contains("Broken"), "{}", found.stderr);
    let found = functions(["check", "--app", app, "--json"]).expect_failure();
    assert!(found.stdout.contains("Broken"), "{}", found.stdout);
    serde_json::from_str::<Value>(&found.stdout).expect("--json prints JSON and nothing else");
}

#[test]
fn invoke_runs_one_function_and_prints_its_result() {
    let scene = Scene::new();
    let database = format!("sqlite:{}", scene.folder().join("invoke.db").display());
    let run = |rest: &[&str]| functions([&["invoke", "--database", &database], rest].concat());
    let said = run(&["E1_SayHello", "--data", "\"Tokyo\""]).expect_success();
    assert_eq!(said.stdout.trim_end(), "\"Hello Tokyo!\"");

    let file = scene.folder().join("input.json");
    fs::write(&file, "\"Zürich\"").expect("the folder takes files");
    let said = run(&["E1_SayHello", "--file", file.to_str().expect("a plain path")]).expect_success();
    assert_eq!(said.stdout.trim_end(), "\"Hello Zürich!\"");

    let refused = run(&["E1_SayHelo", "--data", "1"]).expect_failure();
    assert!(refused.stderr.contains("E1_SayHello"), "a near miss is guessed: {}", refused.stderr);
    run(&["E1_SayHello", "--data", "{not json"]).expect_failure();
    let failed = run(&["E1_SayHello", "--data", "{\"not\": \"a name\"}"]).expect_failure();
    assert_eq!(failed.code, Some(1), "{}", failed.stderr);
    assert!(!failed.stderr.is_empty());
}

#[test]
fn invoke_runs_a_whole_orchestration() {
    let scene = Scene::new();
    let database = format!("sqlite:{}", scene.folder().join("invoke.db").display());
    let said = functions(["invoke", "E1_HelloSequence", "--database", &database]).expect_success();
    assert_eq!(said.stdout.trim_end(), crate::hello::GREETINGS);
}

#[test]
fn a_key_that_was_set_opens_the_host() {
    let scene = Scene::new();
    let database = format!("sqlite:{}", scene.folder().join("state.db").display());
    let key = "a-system-key-of-the-tests-0123456789";
    functions(["keys", "set", "system", "durabletask_extension", "--value", key, "--database", &database])
        .expect_success();
    let listed = functions(["keys", "list", "--json", "--database", &database]).expect_success().stdout;
    assert!(listed.contains("durabletask_extension") && !listed.contains(key), "{listed}");

    let host = scene.start();
    host.get(format!("{BASE}/instances?code={key}")).send().expect(200);
    host.get(format!("{BASE}/instances")).key("another").send().expect(401);
    host.get("/admin/functions").key(key).send().expect(401);
    host.get("/admin/functions").key(MASTER_KEY).send().expect(200);
}

#[test]
fn a_new_app_is_written_and_is_sound() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let app = folder.path().join("shop");
    let app = app.to_str().expect("a plain path");
    functions(["init", app]).expect_success();
    functions(["new", "--app", app, "--template", "http", "--name", "Greet"]).expect_success();
    assert!(folder.path().join("shop/host.toml").is_file());
    functions(["init", app]).expect_failure();
    functions(["new", "--app", app, "--template", "http", "--name", "Greet"]).expect_failure();
    functions(["new", "--app", app, "--template", "http", "--name", "not a name"]).expect_failure();
}

#[test]
fn commands_work_from_anywhere_with_the_app_named() {
    let root = app_root();
    let root = root.to_str().expect("a plain path");
    let listed = functions(["list", "--json", "--app", root]).expect_success().stdout;
    assert!(listed.contains("RegistryOrchestration"), "{listed}");
    let nowhere = functions(["list", "--app", "/nowhere/at/all"]).expect_failure();
    assert!(nowhere.stderr.contains("/nowhere/at/all"), "{}", nowhere.stderr);
}
