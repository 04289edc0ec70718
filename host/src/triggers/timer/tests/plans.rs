//! What is decided, in tables.

use fnhost_protocol::time::Timestamp;

use super::super::{
    plan::{Plan, Run, Terms, is_past_due, was_put_back},
    record::Record,
};
use crate::{
    app::TimerTrigger,
    config::host_file::MissedRuns,
    schedule::{Schedule, Zone},
};

fn timer(schedule: &str, missed_runs: MissedRuns) -> TimerTrigger {
    TimerTrigger {
        binding_name: "timer".to_owned(),
        schedule: Schedule::parse(schedule).unwrap(),
        zone: Zone::utc(),
        run_on_startup: false,
        use_monitor: true,
        missed_runs,
    }
}

/// A time of the first day of 2026.
fn at(time: &str) -> Timestamp {
    Timestamp::parse(&format!("2026-01-01T{time}Z")).unwrap()
}

fn terms(timer: &TimerTrigger) -> Terms<'_> {
    Terms { timer, most: 3 }
}

fn slots(runs: &[Run]) -> Vec<String> {
    let time =
        |run: &Run| format!("{}{}", &run.slot.to_string()[11..19], if run.catches_up { " late" } else { "" });
    runs.iter().map(time).collect()
}

fn written(timer: &TimerTrigger, last: Option<&str>, next: &str, now: &str) -> Record {
    Record { last: last.map(at), ..Record::of(timer, Some(at(next)), at(now)) }
}

const HOURLY: &str = "0 0 * * * *";

#[test]
fn a_start_makes_up_for_what_was_missed_as_the_policy_says() {
    for (missed, next, now, expected) in [
        (MissedRuns::Once, "03:00:00", "02:59:59", &[][..]),
        (MissedRuns::Once, "03:00:00", "03:00:00", &["03:00:00 late"]),
        (MissedRuns::Once, "03:00:00", "09:30:00", &["03:00:00 late"]),
        (MissedRuns::Skip, "03:00:00", "09:30:00", &[]),
        (MissedRuns::All, "08:00:00", "09:30:00", &["08:00:00 late", "09:00:00 late"]),
        // At most three, the latest.
        (MissedRuns::All, "03:00:00", "09:30:00", &["07:00:00 late", "08:00:00 late", "09:00:00 late"]),
        (MissedRuns::All, "09:00:00", "09:00:00", &["09:00:00 late"]),
    ] {
        let timer = timer(HOURLY, missed);
        let record = written(&timer, Some("02:00:00"), next, "02:00:01");
        let plan = terms(&timer).at_start(Some(&record), at(now));
        assert_eq!(slots(&plan.runs), expected, "{missed:?} {next} {now}");
        assert_eq!(plan.next, timer.schedule.next_after(at(now), &timer.zone));
        // Whatever runs writes down what comes of it; what is skipped is settled now.
        let settles = missed == MissedRuns::Skip;
        let expected = settles.then(|| written(&timer, Some("02:00:00"), "10:00:00", now));
        assert_eq!(plan.record, expected, "{missed:?} {next} {now}");
    }
}

#[test]
fn a_first_start_and_a_changed_schedule_miss_nothing() {
    let timer = timer(HOURLY, MissedRuns::All);
    let expected = |last| Plan {
        runs: Vec::new(),
        next: Some(at("10:00:00")),
        record: Some(written(&timer, last, "10:00:00", "09:30:00")),
    };
    assert_eq!(terms(&timer).at_start(None, at("09:30:00")), expected(None));
    let mut other = written(&timer, Some("02:00:00"), "03:00:00", "02:00:01");
    other.schedule = "0 30 * * * * (UTC)".to_owned();
    assert_eq!(terms(&timer).at_start(Some(&other), at("09:30:00")), expected(Some("02:00:00")));
    // The zone is a part of it.
    let record = Record { schedule: format!("{HOURLY} (Europe/Berlin)"), ..other };
    assert_eq!(terms(&timer).at_start(Some(&record), at("09:30:00")), expected(Some("02:00:00")));
}

#[test]
fn what_was_written_by_a_clock_of_the_future_is_not_waited_for() {
    let timer = timer(HOURLY, MissedRuns::Once);
    let record = written(&timer, None, "23:00:00", "22:30:00");
    let plan = terms(&timer).at_start(Some(&record), at("09:30:00"));
    assert_eq!((plan.runs, plan.next), (vec![], Some(at("10:00:00"))));
}

#[test]
fn a_start_runs_at_once_when_that_is_asked_for_unless_it_makes_up_for_something() {
    let timer = TimerTrigger { run_on_startup: true, ..timer(HOURLY, MissedRuns::Once) };
    let plan = |next| {
        let record = written(&timer, None, next, "02:00:01");
        slots(&terms(&timer).at_start(Some(&record), at("09:30:00")).runs)
    };
    assert_eq!(plan("10:00:00"), ["09:30:00"]);
    assert_eq!(plan("09:00:00"), ["09:00:00 late"]);
    let unwatched = TimerTrigger { use_monitor: false, ..timer.clone() };
    let plan = terms(&unwatched).at_start(None, at("09:30:00"));
    assert_eq!((slots(&plan.runs), plan.record), (vec!["09:30:00".to_owned()], None));
}

#[test]
fn who_keeps_no_record_misses_nothing() {
    let unwatched = TimerTrigger { use_monitor: false, ..timer(HOURLY, MissedRuns::All) };
    let frequent = timer("*/10 * * * * *", MissedRuns::All);
    for timer in [unwatched, frequent] {
        let record = written(&timer, None, "03:00:00", "02:00:01");
        let plan = terms(&timer).at_start(Some(&record), at("09:30:05"));
        assert_eq!((slots(&plan.runs), plan.record), (vec![], None));
        assert_eq!(terms(&timer).after_run(at("09:00:00"), at("09:00:01")), None);
    }
}

#[test]
fn a_time_that_has_come_has_its_run_and_what_was_slept_through_is_missed() {
    use MissedRuns::{All, Once, Skip};
    for (schedule, missed, slot, now, expected) in [
        (HOURLY, Once, "03:00:00", "03:00:00", &["03:00:00"][..]),
        (HOURLY, Skip, "03:00:00", "03:00:30", &["03:00:00"]),
        // The machine slept.
        (HOURLY, Once, "03:00:00", "06:30:00", &["03:00:00 late"]),
        (HOURLY, Skip, "03:00:00", "06:30:00", &[]),
        (HOURLY, Skip, "03:00:00", "06:00:10", &["06:00:00"]),
        (HOURLY, All, "03:00:00", "05:30:00", &["03:00:00 late", "04:00:00 late", "05:00:00 late"]),
        // A moment too late: what came meanwhile is swallowed.
        ("* * * * * *", Once, "03:00:00", "03:00:02", &["03:00:00"]),
        ("* * * * * *", All, "03:00:00", "03:10:00", &["03:10:00"]),
    ] {
        let timer = timer(schedule, missed);
        let runs = terms(&timer).at_tick(at(slot), at(now));
        assert_eq!(slots(&runs), expected, "{schedule} {missed:?} {slot} {now}");
    }
}

#[test]
fn what_comes_during_a_run_is_swallowed_or_waits() {
    use MissedRuns::{All, Once, Skip};
    for (missed, slot, ended, now, expected) in [
        (Once, "03:00:00", None, "03:00:00", false),
        (Once, "03:00:00", Some("02:59:59"), "03:00:00", false),
        (Once, "03:00:00", Some("03:00:00"), "03:00:00", false),
        (Once, "03:00:00", Some("03:00:01"), "03:00:01", true),
        (Skip, "03:00:00", Some("03:00:01"), "03:00:01", true),
        // The clock was put back since.
        (Once, "03:00:00", Some("08:00:00"), "03:00:00", false),
        (All, "03:00:00", Some("03:00:01"), "03:00:01", false),
        // Three others wait behind it.
        (All, "03:00:00", Some("05:59:59"), "05:59:59", false),
        (All, "03:00:00", Some("05:59:59"), "06:00:00", true),
    ] {
        let timer = timer(HOURLY, missed);
        let run = Run { slot: at(slot), catches_up: false };
        let found = terms(&timer).is_swallowed(run, ended.map(at), at(now));
        assert_eq!(found, expected, "{missed:?} {slot} {ended:?} {now}");
        assert!(!terms(&timer).is_swallowed(Run { catches_up: true, ..run }, ended.map(at), at(now)));
    }
}

#[test]
fn the_latest_of_millions_are_found_without_counting_them() {
    // Every second for an hour a day, and no host for two years.
    let timer = timer("* * 9 * * *", MissedRuns::All);
    let long_ago = Timestamp::parse("2024-01-01T09:00:00Z").unwrap();
    let runs = terms(&timer).at_tick(long_ago, at("12:00:00"));
    assert_eq!(slots(&runs), ["09:59:57 late", "09:59:58 late", "09:59:59 late"]);
}

#[test]
fn a_run_writes_down_its_time_and_the_next_after_now() {
    let timer = timer(HOURLY, MissedRuns::Once);
    let record = terms(&timer).after_run(at("03:00:00"), at("05:20:00")).unwrap();
    assert_eq!(record, written(&timer, Some("03:00:00"), "06:00:00", "05:20:00"));
    assert_eq!(
        record.to_json().as_str(),
        r#"{"last":1767236400000000,"next":1767247200000000,"lastUpdated":1767244800000000,"schedule":"0 0 * * * * (UTC)"}"#
    );
    assert_eq!(Record::read(&record.to_json()), Some(record));
}

#[test]
fn a_second_too_late_is_past_due() {
    let run = |catches_up| Run { slot: at("03:00:00"), catches_up };
    assert!(!is_past_due(run(false), at("03:00:00.999")));
    assert!(is_past_due(run(false), at("03:00:01")));
    assert!(is_past_due(run(true), at("03:00:00")));
    // A clock that was put back does not make anything late.
    assert!(!is_past_due(run(false), at("02:00:00")));
}

#[test]
fn a_clock_that_is_corrected_a_little_was_not_put_back() {
    assert!(!was_put_back(at("03:00:00"), at("02:59:59")));
    assert!(was_put_back(at("03:00:00"), at("02:59:58.9")));
    assert!(!was_put_back(at("03:00:00"), at("09:00:00")));
}
