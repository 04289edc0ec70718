//! What people see of schedules: their mistakes, and their next times.

use std::fs;

use serde_json::{Value, json};

use super::stage::{BINARY, Stage};
use crate::support::{Scene, functions, run};

fn app(scene: &Scene, timers: &[(&str, &str)]) -> String {
    let app = scene.folder().join("app");
    for (name, rest) in timers {
        let text = format!("[[bindings]]\ntype = \"timerTrigger\"\nname = \"timer\"\n{rest}\n");
        fs::create_dir_all(app.join(name)).expect("the folder takes folders");
        fs::write(app.join(name).join("function.toml"), text).expect("the folder takes files");
    }
    fs::write(app.join("host.toml"), "version = \"2.0\"\n").expect("the folder takes files");
    app.to_str().expect("a plain path").to_owned()
}

#[test]
fn check_points_at_what_is_wrong_with_a_schedule() {
    let scene = Scene::new();
    let app = app(
        &scene,
        &[
            ("Hour", "schedule = \"0 0 25 * * *\""),
            ("Never", "schedule = \"0 0 0 30 2 *\""),
            ("Zone", "schedule = \"0 0 3 * * *\"\ntimeZone = \"Europe/Berlim\""),
            ("Setting", "schedule = \"%NotThere%\""),
        ],
    );
    let found = functions(["check", "--app", &app]).expect_failure();
    for text in [
        "`25` is no hour",
        "Hour/function.toml:4:17",
        "allowed: hours from 0 to 23",
        "no date is allowed by `schedule`",
        "did you mean `Europe/Berlin`?",
        "needs the setting `NotThere`, which is not there",
    ] {
        assert!(found.stderr.contains(text), "{text} is missing in: {}", found.stderr);
    }
}

#[test]
fn timers_are_shown_with_their_next_times() {
    let nightly = "schedule = \"0 30 2 * * *\"\ntimeZone = \"Europe/Berlin\"";
    let stage = Stage::new(&[("A", nightly), ("B", "schedule = \"06:00:00\"")]);
    let app = stage.app.to_str().expect("a plain path");
    let arguments = ["timers", "--app", app, "--after", "2026-03-28T12:00:00Z"];
    let shown =
        run(BINARY, [&arguments[..], &["a", "--json", "--count", "2"]].concat()).expect_success().stdout;
    let shown: Value = serde_json::from_str(&shown).expect("--json prints JSON and nothing else");
    assert_eq!(
        shown["timers"],
        json!([{
            "name": "A",
            "schedule": "0 30 2 * * *",
            "timeZone": "Europe/Berlin",
            "disabled": false,
            "next": [
                {"utc": "2026-03-29T01:30:00Z", "local": "2026-03-29T03:30:00+02:00"},
                {"utc": "2026-03-30T00:30:00Z", "local": "2026-03-30T02:30:00+02:00"},
            ],
        }])
    );
    let people = run(BINARY, arguments).expect_success().stdout;
    assert!(
        people.starts_with(
            "A  0 30 2 * * * (Europe/Berlin)\n  2026-03-29T01:30:00Z  2026-03-29T03:30:00+02:00\n"
        ),
        "{people}"
    );
    assert!(
        people.contains("\nB  06:00:00 (UTC)\n  2026-03-28T18:00:00Z  2026-03-28T18:00:00+00:00\n"),
        "{people}"
    );
    assert!(people.contains("\nC  1.00:00:00 (UTC, disabled)\n"), "{people}");
    run(BINARY, [&arguments[..], &["Nobody"]].concat()).expect_failure();
    run(BINARY, ["timers", "--app", app, "--after", "soon"]).expect_failure();
}
