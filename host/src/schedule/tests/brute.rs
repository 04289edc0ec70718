//! Every second looked at, one by one: slow, and too simple to be wrong in the same way.

use std::time::Duration;

use fnhost_protocol::time::Timestamp;
use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::{
    super::{Schedule, Zone},
    at, schedule, times,
};

/// Whether something is due at this second, by the words of the rules.
fn is_due(schedule: &Schedule, rules: &TimeZone, second: i64) -> bool {
    let cron = schedule.cron().unwrap();
    let now = jiff::Timestamp::from_second(second).unwrap();
    let local = rules.to_datetime(now);
    // The first of the times that this local time stands for, as a clock that nobody sets would have it.
    let ambiguous = rules.to_ambiguous_timestamp(local);
    let is_first = ambiguous.earlier().unwrap() == now;
    if cron.matches(local) && (is_first || cron.is_interval()) {
        return true;
    }
    // A skipped time that moves to here: the clock was put forward less than its own step ago.
    let nano = jiff::SignedDuration::from_nanos(1);
    let Some(change) = rules.preceding(now + nano).next().map(|change| change.timestamp()) else {
        return false;
    };
    let before = rules.to_offset(change - nano);
    let untouched = before.to_datetime(now);
    rules.to_ambiguous_timestamp(untouched).is_ambiguous()
        && untouched < rules.to_datetime(change)
        && rules.to_offset(now).seconds() > before.seconds()
        && cron.matches(untouched)
}

/// Everything that is due within some hours, both ways.
fn compare(schedule: &Schedule, zone: &Zone, after: Timestamp, hours: i64) {
    let first = after.as_micros().div_euclid(1_000_000) + 1;
    let end = first + hours * 3_600;
    let expected: Vec<i64> = (first..end).filter(|second| is_due(schedule, zone.rules(), *second)).collect();
    let found: Vec<i64> = times(schedule, zone, after)
        .map(|at| at.as_micros() / 1_000_000)
        .take_while(|second| *second < end)
        .collect();
    assert!(found.windows(2).all(|pair| pair[0] < pair[1]), "{} in {zone}: not increasing", schedule.text());
    assert_eq!(found, expected, "{} in {zone} after {after}", schedule.text());
}

/// Around the changes of several clocks, some of them odd.
#[test]
fn all_seconds_around_the_changes_of_a_year() {
    let changes = [
        ("Europe/Berlin", "2026-03-29T01:00:00Z"),
        ("Europe/Berlin", "2026-10-25T01:00:00Z"),
        ("America/New_York", "2026-03-08T07:00:00Z"),
        ("America/New_York", "2026-11-01T06:00:00Z"),
        ("Australia/Lord_Howe", "2026-04-04T15:00:00Z"),
        ("Australia/Lord_Howe", "2026-10-03T15:30:00Z"),
        ("America/St_Johns", "2026-03-08T05:30:00Z"),
        ("Asia/Kathmandu", "1985-12-31T18:30:00Z"),
        ("Antarctica/Troll", "2026-03-29T01:00:00Z"),
        ("Africa/Casablanca", "2026-02-15T02:00:00Z"),
        // At midnight, and by a whole day.
        ("Africa/Cairo", "2026-04-23T22:00:00Z"),
        ("Pacific/Apia", "2011-12-30T10:00:00Z"),
        ("Europe/Dublin", "2026-10-25T01:00:00Z"),
    ];
    let schedules = [
        "0 */10 * * * *",
        "0 30 2 * * *",
        "0 15,45 0-3 * * *",
        "0 0,20,40 1,2,3 * * *",
        "0 5/25 1-2 * * *",
        "0 0 0 * * *",
        "30 59 23 * * *",
    ];
    for (zone, change) in changes {
        let zone = Zone::find(zone).unwrap();
        let from = at(change).saturating_sub(Duration::from_secs(5 * 3_600));
        for text in schedules {
            compare(&schedule(text), &zone, from, 10);
        }
    }
}

fn field(min: u8, max: u8) -> impl Strategy<Value = String> {
    let value = move || min..=max;
    let element = prop_oneof![
        3 => Just("*".to_owned()),
        3 => value().prop_map(|value| value.to_string()),
        1 => (value(), value()).prop_map(|(first, last)| format!("{first}-{last}")),
        1 => (1..=max).prop_map(|step| format!("*/{step}")),
        1 => (value(), 1..=max).prop_map(|(first, step)| format!("{first}/{step}")),
        1 => (value(), value(), 1..=max).prop_map(|(first, last, step)| format!("{first}-{last}/{step}")),
    ];
    proptest::collection::vec(element, 1..=2).prop_map(|elements| elements.join(","))
}

/// Texts whose time of day is anything, on most days.
fn any_schedule() -> impl Strategy<Value = String> {
    let days = prop_oneof![Just("* * *".to_owned()), Just("*/2 * *".to_owned()), Just("* * 0-5".to_owned())];
    (field(0, 59), field(0, 59), field(0, 23), days)
        .prop_map(|(second, minute, hour, days)| format!("{second} {minute} {hour} {days}"))
}

fn any_zone() -> impl Strategy<Value = &'static str> {
    proptest::sample::select(vec![
        "UTC",
        "Europe/Berlin",
        "Australia/Lord_Howe",
        "America/St_Johns",
        "Asia/Kathmandu",
    ])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Three hours, anywhere in a few years: every second is looked at.
    #[test]
    fn the_next_times_are_those_that_a_count_of_all_seconds_finds(
        text in any_schedule(),
        zone in any_zone(),
        start in 1_700_000_000_i64..1_900_000_000,
    ) {
        compare(&schedule(&text), &Zone::find(zone).unwrap(), Timestamp::from_micros(start * 1_000_000 + 17), 3);
    }

    /// The same on the nights on which clocks are changed.
    #[test]
    fn also_when_clocks_are_changed(
        text in any_schedule(),
        (zone, change) in proptest::sample::select(vec![
            ("Europe/Berlin", 1_774_746_000_i64),
            ("Europe/Berlin", 1_792_890_000),
            ("Australia/Lord_Howe", 1_775_314_800),
            ("Australia/Lord_Howe", 1_791_041_400),
        ]),
        before in 0_i64..7_200,
    ) {
        let after = Timestamp::from_micros((change - before) * 1_000_000);
        compare(&schedule(&text), &Zone::find(zone).unwrap(), after, 3);
    }

    /// Whatever the days: later than now, and never the same twice.
    #[test]
    fn times_are_after_now_and_increase(
        days in (field(1, 31), field(1, 12), field(0, 6)),
        zone in any_zone(),
        now in 0_i64..4_000_000_000_000_000,
    ) {
        let text = format!("0 0 12 {} {} {}", days.0, days.1, days.2);
        let (schedule, zone, now) = (schedule(&text), Zone::find(zone).unwrap(), Timestamp::from_micros(now));
        let found: Vec<Timestamp> = times(&schedule, &zone, now).take(5).collect();
        prop_assert_eq!(found.is_empty(), schedule.never_fires());
        prop_assert!(found.first().is_none_or(|first| *first > now));
        prop_assert!(found.windows(2).all(|pair| pair[0] < pair[1]));
    }
}
