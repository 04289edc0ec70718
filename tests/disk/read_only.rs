//! A database that may be read and not written: the host does not start, says why, and changes nothing.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::{
    files::expect_sound,
    places::{left_out, read_only},
};
use crate::support::Scene;

/// The exit code of a host that the machine does not let start.
const CANNOT_START: Option<i32> = Some(4);

#[test]
fn a_read_only_database_file_is_told_and_survived() {
    told_and_survived(Scene::new(), "a_read_only_database_file_is_told_and_survived", Scene::database_file);
}

#[test]
fn a_read_only_folder_is_told_and_survived() {
    told_and_survived(Scene::new(), "a_read_only_folder_is_told_and_survived", |scene| {
        scene.folder().to_owned()
    });
}

fn told_and_survived(scene: Scene, test: &str, what: impl FnOnce(&Scene) -> PathBuf) {
    let host = scene.start();
    host.durable().start_running("RegistryOrchestration", "one", &json!("x"));
    host.durable().signal("Counter", "c", "Add", &json!(3)).expect(202);
    host.durable().wait_for_entity("Counter", "c", r#"{"value":3}"#);
    // It leaves its log behind: a start would want to write.
    host.kill();

    let path = what(&scene);
    let Some(read_only) = read_only(&path) else { return left_out(test) };
    let scene = scene.wrapped(read_only.wrapper.clone());
    let refused = scene.try_start().err().expect("nothing can be written").expect_failure();
    assert_eq!(refused.code, CANNOT_START, "{}", refused.stderr);
    expect_named(&refused.stderr, &scene.database_file());
    drop(read_only);

    let scene = scene.wrapped(Vec::new());
    let host = scene.start();
    host.durable().wait_for_entity("Counter", "c", r#"{"value":3}"#);
    host.durable().raise("one", "Close", &json!(true)).expect(202);
    assert_eq!(host.durable().wait_for("one", "Completed")["output"], json!(true));
    host.kill();
    expect_sound(&scene.database_file());
}

/// The file and the reason, in words of ours or of the system's.
#[track_caller]
fn expect_named(stderr: &str, database: &Path) {
    assert!(stderr.contains(&database.display().to_string()), "the file is not named: {stderr}");
    let lower = stderr.to_lowercase();
    let reasons = ["read-only", "readonly", "permission denied"];
    assert!(reasons.iter().any(|reason| lower.contains(reason)), "the reason is not told: {stderr}");
}
