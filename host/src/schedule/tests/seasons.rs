//! The days on which clocks are changed.

use super::next;

#[test]
fn a_time_that_is_skipped_moves_by_as_much_as_the_clock() {
    for (text, zone, after, expected) in [
        // Berlin, 29 March 2026: 02:00 becomes 03:00.
        (
            "0 30 2 * * *",
            "Europe/Berlin",
            "2026-03-27T12:00:00Z",
            &["2026-03-28T02:30:00+01:00", "2026-03-29T03:30:00+02:00", "2026-03-30T02:30:00+02:00"][..],
        ),
        // Every hour: what would be 02:30 is the 03:30 that comes anyway.
        (
            "0 30 * * * *",
            "Europe/Berlin",
            "2026-03-29T00:00:00Z",
            &["2026-03-29T01:30:00+01:00", "2026-03-29T03:30:00+02:00", "2026-03-29T04:30:00+02:00"],
        ),
        // A quarter of an hour, but only between two and three: none is lost.
        (
            "0 */15 2 * * *",
            "Europe/Berlin",
            "2026-03-29T00:00:00Z",
            &[
                "2026-03-29T03:00:00+02:00",
                "2026-03-29T03:15:00+02:00",
                "2026-03-29T03:30:00+02:00",
                "2026-03-29T03:45:00+02:00",
                "2026-03-30T02:00:00+02:00",
            ],
        ),
        // At two and at three: once at three.
        (
            "0 0 2,3 * * *",
            "Europe/Berlin",
            "2026-03-28T23:00:00Z",
            &["2026-03-29T03:00:00+02:00", "2026-03-30T02:00:00+02:00", "2026-03-30T03:00:00+02:00"],
        ),
        // New York, 8 March 2026.
        (
            "0 30 2 * * *",
            "America/New_York",
            "2026-03-08T00:00:00Z",
            &["2026-03-08T03:30:00-04:00", "2026-03-09T02:30:00-04:00"],
        ),
        // Lord Howe moves by half an hour: 4 October 2026, 02:00 becomes 02:30.
        (
            "0 15 2 * * *",
            "Australia/Lord_Howe",
            "2026-10-03T00:00:00Z",
            &["2026-10-04T02:45:00+11:00", "2026-10-05T02:15:00+11:00"],
        ),
        // Samoa had no 30 December 2011: its half past two is that of the day after, which comes anyway.
        (
            "0 30 2 * * *",
            "Pacific/Apia",
            "2011-12-28T13:00:00Z",
            &["2011-12-29T02:30:00-10:00", "2011-12-31T02:30:00+14:00", "2012-01-01T02:30:00+14:00"],
        ),
    ] {
        assert_eq!(next(text, zone, after, expected.len()), expected, "{text} in {zone}");
    }
}

#[test]
fn a_time_that_is_shown_twice_counts_once_unless_it_is_an_interval() {
    for (text, zone, after, expected) in [
        // Berlin, 25 October 2026: 03:00 becomes 02:00.
        (
            "0 30 2 * * *",
            "Europe/Berlin",
            "2026-10-24T12:00:00Z",
            &["2026-10-25T02:30:00+02:00", "2026-10-26T02:30:00+01:00"][..],
        ),
        (
            "0 0,30 2 * * *",
            "Europe/Berlin",
            "2026-10-24T12:00:00Z",
            &["2026-10-25T02:00:00+02:00", "2026-10-25T02:30:00+02:00", "2026-10-26T02:00:00+01:00"],
        ),
        (
            "0 */30 * * * *",
            "Europe/Berlin",
            "2026-10-24T23:30:00Z",
            &[
                "2026-10-25T02:00:00+02:00",
                "2026-10-25T02:30:00+02:00",
                "2026-10-25T02:00:00+01:00",
                "2026-10-25T02:30:00+01:00",
                "2026-10-25T03:00:00+01:00",
            ],
        ),
        // Asked within the second of the two hours.
        ("0 30 2 * * *", "Europe/Berlin", "2026-10-25T01:10:00Z", &["2026-10-26T02:30:00+01:00"]),
        ("0 0 3 * * *", "Europe/Berlin", "2026-10-25T01:10:00Z", &["2026-10-25T03:00:00+01:00"]),
        // New York, 1 November 2026.
        (
            "0 30 1 * * *",
            "America/New_York",
            "2026-11-01T00:00:00Z",
            &["2026-11-01T01:30:00-04:00", "2026-11-02T01:30:00-05:00"],
        ),
        // Lord Howe, 5 April 2026: 02:00 becomes 01:30.
        (
            "0 45 1 * * *",
            "Australia/Lord_Howe",
            "2026-04-04T00:00:00Z",
            &["2026-04-05T01:45:00+11:00", "2026-04-06T01:45:00+10:30"],
        ),
        (
            "0 */15 1 * * *",
            "Australia/Lord_Howe",
            "2026-04-04T14:20:00Z",
            &[
                "2026-04-05T01:30:00+11:00",
                "2026-04-05T01:45:00+11:00",
                "2026-04-05T01:30:00+10:30",
                "2026-04-05T01:45:00+10:30",
                "2026-04-06T01:00:00+10:30",
            ],
        ),
    ] {
        assert_eq!(next(text, zone, after, expected.len()), expected, "{text} in {zone}");
    }
}

#[test]
fn a_time_span_does_not_care_about_clocks() {
    assert_eq!(
        next("12:00:00", "Europe/Berlin", "2026-03-28T12:00:00Z", 3),
        ["2026-03-29T01:00:00+01:00", "2026-03-29T14:00:00+02:00", "2026-03-30T02:00:00+02:00"]
    );
}
