//! What the language says, and what is wrong where.

use std::time::Duration;

use super::{super::Schedule, at, next, schedule};
use crate::schedule::Zone;

/// The next times after the first second of 2026, a Thursday, in UTC.
#[test]
fn schedules_and_their_next_times() {
    for (text, expected) in [
        ("* * * * * *", ["01-01T00:00:01", "01-01T00:00:02", "01-01T00:00:03"]),
        ("0 * * * * *", ["01-01T00:01:00", "01-01T00:02:00", "01-01T00:03:00"]),
        ("*/5 * * * *", ["01-01T00:05:00", "01-01T00:10:00", "01-01T00:15:00"]),
        ("0 */5 * * * *", ["01-01T00:05:00", "01-01T00:10:00", "01-01T00:15:00"]),
        ("15,45 10 4 * * *", ["01-01T04:10:15", "01-01T04:10:45", "01-02T04:10:15"]),
        ("0 0 3 * * *", ["01-01T03:00:00", "01-02T03:00:00", "01-03T03:00:00"]),
        ("30 9 * * *", ["01-01T09:30:00", "01-02T09:30:00", "01-03T09:30:00"]),
        ("0 30 9 * * 1-5", ["01-01T09:30:00", "01-02T09:30:00", "01-05T09:30:00"]),
        ("0 30 9 * * Mon-fri", ["01-01T09:30:00", "01-02T09:30:00", "01-05T09:30:00"]),
        ("0 30 9 * J Mond", ["01-05T09:30:00", "01-12T09:30:00", "01-19T09:30:00"]),
        ("0 0 0 * dec,Nov SUNDAY", ["11-01T00:00:00", "11-08T00:00:00", "11-15T00:00:00"]),
        // Day and weekday must both fit.
        ("0 0 0 13 * Fri", ["02-13T00:00:00", "03-13T00:00:00", "11-13T00:00:00"]),
        // The first Monday of a month.
        ("0 0 9 1-7 * Mon", ["01-05T09:00:00", "02-02T09:00:00", "03-02T09:00:00"]),
        ("0 0 0 31 * *", ["01-31T00:00:00", "03-31T00:00:00", "05-31T00:00:00"]),
        ("0 5/15 * * * *", ["01-01T00:05:00", "01-01T00:20:00", "01-01T00:35:00"]),
        ("0 10-40/10 0 * * *", ["01-01T00:10:00", "01-01T00:20:00", "01-01T00:30:00"]),
        ("0 0 */7 * * *", ["01-01T07:00:00", "01-01T14:00:00", "01-01T21:00:00"]),
        ("0 59/100 * * * *", ["01-01T00:59:00", "01-01T01:59:00", "01-01T02:59:00"]),
        ("0 0 22-2 * * *", ["01-01T02:00:00", "01-01T03:00:00", "01-01T04:00:00"]),
        ("0 0 0 * * 7", ["01-04T00:00:00", "01-11T00:00:00", "01-18T00:00:00"]),
        ("0 0 0 * * 5-7", ["01-02T00:00:00", "01-03T00:00:00", "01-04T00:00:00"]),
        ("  0  0 \t3 * * * ", ["01-01T03:00:00", "01-02T03:00:00", "01-03T03:00:00"]),
        ("00:00:01", ["01-01T00:00:01", "01-01T00:00:02", "01-01T00:00:03"]),
        ("06:00:00", ["01-01T06:00:00", "01-01T12:00:00", "01-01T18:00:00"]),
        ("1.00:00:00", ["01-02T00:00:00", "01-03T00:00:00", "01-04T00:00:00"]),
    ] {
        let expected = expected.map(|time| format!("2026-{time}+00:00"));
        assert_eq!(next(text, "UTC", "2026-01-01T00:00:00Z", 3), expected, "{text}");
    }
}

#[test]
fn rare_days_are_found_and_dates_that_are_none_are_not() {
    assert_eq!(next("0 0 0 29 2 *", "UTC", "2026-01-01T00:00:00Z", 1), ["2028-02-29T00:00:00+00:00"]);
    // The longest pause there is: 2096 is followed by 2104, and the weekday comes round in 2108.
    assert_eq!(
        next("0 0 0 29 2 Wed", "UTC", "2068-03-01T00:00:00Z", 2),
        ["2096-02-29T00:00:00+00:00", "2108-02-29T00:00:00+00:00"]
    );
    for never in ["0 0 0 30 2 *", "0 0 0 31 2,4,6,9,11 *", "0 0 0 30,31 2 Mon"] {
        let schedule = schedule(never);
        assert!(schedule.never_fires(), "{never}");
        assert_eq!(schedule.next_after(at("2026-01-01T00:00:00Z"), &Zone::utc()), None, "{never}");
    }
    for sometimes in ["0 0 0 29 2 *", "0 0 0 31 4,5 *", "0 0 0 30 * *", "1.00:00:00"] {
        assert!(!schedule(sometimes).never_fires(), "{sometimes}");
    }
    assert_eq!(schedule("* * * * * *").next_after(at("9999-12-30T22:00:00Z"), &Zone::utc()), None);
}

#[test]
fn the_next_time_is_strictly_later_whatever_the_fraction() {
    let daily = schedule("0 0 3 * * *");
    for (now, expected) in [
        ("2026-01-01T02:59:59.999999Z", "2026-01-01T03:00:00Z"),
        ("2026-01-01T03:00:00Z", "2026-01-02T03:00:00Z"),
        ("2026-01-01T03:00:00.000001Z", "2026-01-02T03:00:00Z"),
        ("1969-12-31T23:59:59.5Z", "1970-01-01T03:00:00Z"),
    ] {
        assert_eq!(daily.next_after(at(now), &Zone::utc()), Some(at(expected)), "{now}");
    }
    let span = schedule("00:00:07");
    for now in ["2026-01-01T00:00:00Z", "1969-12-31T23:59:59.5Z"] {
        let next = span.next_after(at(now), &Zone::utc()).unwrap();
        assert!(next > at(now) && next.since(at(now)) <= Duration::from_secs(7), "{now}");
        assert_eq!(next.as_micros() % 7_000_000, 0, "{now}");
    }
}

#[test]
fn schedules_with_a_time_in_every_minute_are_frequent() {
    for frequent in ["* * * * * *", "* * * * *", "30 * * * * *", "0,59 0-59 * 1-31 1-12 0-6", "00:01:00"] {
        assert!(schedule(frequent).is_frequent(), "{frequent}");
    }
    for rare in ["0 */2 * * * *", "* * 0-22 * * *", "* * * * * 1-5", "* * * 1-30 * *", "00:01:01"] {
        assert!(!schedule(rare).is_frequent(), "{rare}");
    }
}

#[test]
fn errors_point_at_the_part_that_is_wrong() {
    for (text, carets, message) in [
        ("", "^", "the schedule is empty"),
        ("   ", "^^^", "the schedule is empty"),
        ("* * *", "^^^^^", "the schedule has 3 fields"),
        ("0 0 3 * * * 2026", "            ^^^^", "the schedule has 7 fields"),
        ("60 * * * * *", "^^", "`60` is no second"),
        ("0 60 * * * *", "  ^^", "`60` is no minute"),
        ("0 0 24 * * *", "    ^^", "`24` is no hour"),
        ("0 0 0 0 * *", "      ^", "`0` is no day"),
        ("0 0 0 32 * *", "      ^^", "`32` is no day"),
        ("0 0 0 1 13 *", "        ^^", "`13` is no month"),
        ("0 0 0 1 Foo *", "        ^^^", "`Foo` is no month"),
        ("0 0 0 * * 8", "          ^", "`8` is no weekday"),
        ("0 0 0 * * Monkey", "          ^^^^^^", "`Monkey` is no weekday"),
        ("60 * * * *", "^^", "`60` is no minute"),
        ("0 1,,2 * * * *", "    ^", "an element of the minute is empty"),
        ("0 1, * * * *", "    ^", "an element of the minute is empty"),
        ("0 ,1 * * * *", "  ^", "an element of the minute is empty"),
        ("0 */0 * * * *", "    ^", "`0` is no step of the minute"),
        ("0 */x * * * *", "    ^", "`x` is no step of the minute"),
        ("0 */ * * * *", "    ^", "`` is no step of the minute"),
        ("0 /5 * * * *", "  ^^", "`/5` is no minute"),
        ("0 5- * * * *", "    ^", "nothing is no minute"),
        ("0 1-2-3 * * * *", "    ^^^", "`2-3` is no minute"),
        ("0 -5 * * * *", "  ^^", "`-5` is no minute"),
        ("0 +5 * * * *", "  ^^", "`+5` is no minute"),
        ("0 99999999999 * * * *", "  ^^^^^^^^^^^", "`99999999999` is no minute"),
        ("0 ٣ * * * *", "  ^", "`٣` is no minute"),
        ("0 0 0 ? * *", "      ^", "`?` is no day"),
        ("0 0 0 L * *", "      ^", "`L` is no day"),
        ("0 0 0 15W * *", "      ^^^", "`15W` is no day"),
        ("0 0 0 * * 5#2", "          ^^^", "`5#2` is no weekday"),
        ("@daily", "^^^^^^", "`@daily` is not in the language"),
        ("every", "^^^^^", "the schedule has 1 fields"),
        ("24:00:00", "^^^^^^^^", "`24:00:00` is no time-span: the hours go up to 23"),
        ("00:05", "^^^^^", "`00:05` is no time-span: it is not of the form hh:mm:ss"),
        ("00:00:00", "^^^^^^^^", "`00:00:00` is not a number of whole seconds above zero"),
        ("00:00:01.5", "^^^^^^^^^^", "`00:00:01.5` is not a number of whole seconds above zero"),
    ] {
        let error = Schedule::parse(text).expect_err(text);
        assert_eq!(error.message(), message, "{text}");
        assert_eq!(error.pointing_into(text), format!("{text}\n{carets}"), "{text}");
        assert!(!error.allowed().is_empty(), "{text}");
    }
}

#[test]
fn what_other_languages_have_is_explained() {
    for (text, hint) in [
        ("@daily", "write \"0 0 0 * * *\""),
        ("0 0 0 ? * *", "write `*`"),
        ("0 0 0 L * *", "28-31"),
        ("0 0 0 * * 5#2", "1-7 * Mon"),
        ("24:00:00", "1.00:00:00"),
    ] {
        let error = Schedule::parse(text).expect_err(text);
        assert!(error.hint().is_some_and(|found| found.contains(hint)), "{text}: {:?}", error.hint());
    }
}

#[test]
fn what_may_surprise_is_remarked() {
    for (text, remarks) in [
        ("0 0 22-2 * * *", &["`22-2` is read as `2-22`"][..]),
        ("0 0 0 * * Fri-Mon", &["`Fri-Mon` is read as `Mon-Fri`"]),
        ("0 0 0 * * 7", &["`7` is read as Sunday, which Azure refuses"]),
        ("0 30-20 0 * * 1,7", &["`30-20` is read as `20-30`", "`7` is read as Sunday, which Azure refuses"]),
        ("0 0 2-22 * * 0-6", &[]),
        ("00:05:00", &[]),
    ] {
        let schedule = schedule(text);
        let found: Vec<&str> = schedule.remarks().iter().map(|remark| remark.message.as_str()).collect();
        assert_eq!(found, remarks, "{text}");
        for remark in schedule.remarks() {
            assert!(remark.message.contains(&text[remark.range.clone()]), "{text}");
        }
    }
}

#[test]
fn a_schedule_goes_by_its_text() {
    assert_eq!(schedule(" 0  0 3\t* * * ").text(), "0 0 3 * * *");
    assert_eq!(schedule("0 0 3 * * *"), schedule("0 0 3  * * *"));
}

#[test]
fn zones_are_found_by_name_and_near_misses_are_guessed() {
    for (text, name) in [("utc", "UTC"), ("EUROPE/BERLIN", "Europe/Berlin"), (" Asia/Tokyo ", "Asia/Tokyo")] {
        assert_eq!(Zone::find(text).unwrap().name(), name);
    }
    for (text, hint) in [
        ("Europe/Berlim", "`Europe/Berlin`"),
        ("Berlin", "`Europe/Berlin`"),
        ("new york", "`America/New_York`"),
        ("W. Europe Standard Time", "names of Windows"),
    ] {
        let help = Zone::find(text).unwrap_err().help;
        assert!(help.as_ref().is_some_and(|help| help.contains(hint)), "{text}: {help:?}");
    }
    assert!(Zone::find("").is_err() && Zone::find("Mars/Olympus").is_err());
    assert_eq!(Zone::of_variable(":Europe/Berlin").unwrap().name(), "Europe/Berlin");
    let posix = Zone::of_variable("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
    let summer = posix.show(at("2026-07-01T00:00:00Z"));
    assert_eq!(summer, "2026-07-01T02:00:00+02:00");
    assert!(Zone::of_variable("Nowhere").is_err());
}
