//! Timers run at their times, and tell when they run next.

use serde_json::json;

use super::stage::Stage;
use crate::support::{MASTER_KEY, Scene};

/// The night on which clocks in Berlin are put forward.
const NIGHT: &str = "2026-03-28T23:30:00Z";

const NIGHTLY: &str = "schedule = \"0 30 2 * * *\"\ntimeZone = \"Europe/Berlin\"";
const EVERY_TWENTY_MINUTES: &str = "schedule = \"0 */20 * * * *\"";

fn night(stage: &Stage) {
    let host = stage.scene.start();
    host.advance("00:00:00");
    assert!(stage.runs().is_empty(), "nothing runs before its time");
    // The clock answers when what became due has happened: no waiting here.
    host.advance("02:00:00");
    assert_eq!(
        stage.told(),
        ["B 23:40:00", "B 00:00:00", "B 00:20:00", "B 00:40:00", "B 01:00:00", "B 01:20:00", "A 01:30:00"]
    );
    let runs = stage.runs();
    assert_eq!((runs[0].last.as_deref(), runs[1].last.as_deref()), (None, Some("2026-03-28T23:40:00Z")));

    let timers = host.get("/admin/timers").key(MASTER_KEY).send().expect(200).json();
    let nightly = json!({
        "name": "A",
        "schedule": "0 30 2 * * *",
        "timeZone": "Europe/Berlin",
        "scheduleStatus": {
            "last": "2026-03-29T01:30:00Z", "next": "2026-03-30T00:30:00Z", "lastUpdated": "2026-03-29T01:30:00Z",
        },
        "next": [
            {"utc": "2026-03-30T00:30:00Z", "local": "2026-03-30T02:30:00+02:00"},
            {"utc": "2026-03-31T00:30:00Z", "local": "2026-03-31T02:30:00+02:00"},
            {"utc": "2026-04-01T00:30:00Z", "local": "2026-04-01T02:30:00+02:00"},
            {"utc": "2026-04-02T00:30:00Z", "local": "2026-04-02T02:30:00+02:00"},
            {"utc": "2026-04-03T00:30:00Z", "local": "2026-04-03T02:30:00+02:00"},
        ],
    });
    assert_eq!((timers.as_array().map(Vec::len), &timers[0]), (Some(2), &nightly), "{timers}");
    let status = host.get("/admin/functions/a/status").key(MASTER_KEY).send().expect(200).json();
    assert_eq!(status["timer"]["scheduleStatus"], nightly["scheduleStatus"]);
    host.get("/admin/timers").send().expect(401);
}

#[test]
fn timers_run_at_their_times_also_when_clocks_change() {
    night(&Stage::on(Scene::new().clock_at(NIGHT), &[("A", NIGHTLY), ("B", EVERY_TWENTY_MINUTES)]));
}

#[test]
fn a_worker_that_forgets_is_told_the_same() {
    let scene = Scene::new().clock_at(NIGHT).forgetful_worker(7);
    night(&Stage::on(scene, &[("A", NIGHTLY), ("B", EVERY_TWENTY_MINUTES)]));
}

#[test]
fn timers_run_by_hand_and_when_the_host_starts() {
    let eager = "schedule = \"0 0 3 * * *\"\nrunOnStartup = true";
    let scene = Scene::new().clock_at(NIGHT).setting("Schedule", "0 0 1 * * *");
    let stage = Stage::on(scene, &[("A", eager), ("B", "schedule = \"%Schedule%\"")]);
    let host = stage.scene.start();
    host.advance("00:00:00");
    assert_eq!(stage.told(), ["A 23:30:00"]);
    let run = |name: &str| {
        host.post(format!("/admin/functions/{name}?wait=true")).key(MASTER_KEY).json(&json!({})).send()
    };
    host.advance("00:10:00");
    run("B").expect(200);
    assert_eq!(stage.told(), ["A 23:30:00", "B 23:40:00"]);
    // What was run by hand changes nothing about the schedule.
    host.advance("02:00:00");
    assert_eq!(stage.told(), ["A 23:30:00", "B 23:40:00", "B 01:00:00"]);
}

#[test]
fn a_timer_that_is_switched_off_does_not_run() {
    let scene = Scene::new().clock_at(NIGHT).setting("AzureWebJobs.B.Disabled", "true");
    let stage = Stage::on(scene, &[("A", EVERY_TWENTY_MINUTES), ("B", EVERY_TWENTY_MINUTES)]);
    let host = stage.scene.start();
    host.advance("00:20:00");
    assert_eq!(stage.told(), ["A 23:40:00"]);
    let timers = host.get("/admin/timers").key(MASTER_KEY).send().expect(200).json();
    assert_eq!(timers.as_array().map(Vec::len), Some(1), "{timers}");
}
