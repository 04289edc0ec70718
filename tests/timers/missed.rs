//! Times at which no host ran.

use rustix::process::Signal;

use super::stage::Stage;

const HOURLY: &str = "schedule = \"0 0 * * * *\"";

#[test]
fn what_was_missed_is_made_up_for_as_the_app_says() {
    let all = format!("{HOURLY}\nmissedRuns = \"all\"");
    let skip = format!("{HOURLY}\nmissedRuns = \"skip\"");
    let stage = Stage::new(&[("A", &all), ("B", HOURLY), ("C", &skip)]);
    let stage = stage.at("2026-01-01T00:30:00Z");
    let host = stage.scene.start();
    host.advance("01:00:00");
    assert_eq!(stage.runs().len(), 3);
    host.kill();
    stage.forget();

    let stage = stage.at("2026-01-01T04:30:00Z");
    let mut host = stage.scene.start();
    host.advance("00:00:00");
    let mut told = stage.told();
    told.sort();
    assert_eq!(told, ["A 02:00:00 late", "A 03:00:00 late", "A 04:00:00 late", "B 02:00:00 late"]);
    stage.forget();
    host.advance("00:30:00");
    let mut told = stage.told();
    told.sort();
    assert_eq!(told, ["A 05:00:00", "B 05:00:00", "C 05:00:00"]);
    host.signal(Signal::TERM);
    let ended = host.wait_for_end(std::time::Duration::from_secs(30));
    assert!(ended.success(), "{ended}");
}

#[test]
fn a_changed_schedule_is_never_past_due() {
    let stage = Stage::new(&[("A", HOURLY)]).at("2026-01-01T00:30:00Z");
    let host = stage.scene.start();
    host.advance("00:30:00");
    assert_eq!(stage.told(), ["A 01:00:00"]);
    host.kill();
    stage.forget();
    stage.write("A", Some("schedule = \"0 15 * * * *\""));
    let stage = stage.at("2026-01-01T04:30:00Z");
    let host = stage.scene.start();
    host.advance("01:00:00");
    assert_eq!(stage.told(), ["A 05:15:00"]);
}
