//! Beside another implementation, `croner`, where the two languages agree: three-letter names, no `a/step`, ranges that
//! ascend, and times that no clock skips or repeats.

use croner::parser::{CronParser, Seconds};
use fnhost_protocol::time::Timestamp;
use proptest::prelude::*;

use super::{super::Zone, schedule, times};

fn field(min: u8, max: u8) -> impl Strategy<Value = String> {
    let range = (min..=max).prop_flat_map(move |first| (Just(first), first..=max));
    let element = prop_oneof![
        3 => (min..=max).prop_map(|value| value.to_string()),
        1 => range.prop_map(|(first, last)| format!("{first}-{last}")),
    ];
    prop_oneof![
        2 => Just("*".to_owned()),
        1 => (2..=max / 2).prop_map(|step| format!("*/{step}")),
        3 => proptest::collection::vec(element, 1..=3).prop_map(|elements| elements.join(",")),
    ]
}

fn named(min: u8, max: u8, names: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop_oneof![3 => field(min, max), 1 => proptest::sample::select(names).prop_map(str::to_owned)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn both_find_the_same_times(
        clock in (field(0, 59), field(0, 59), field(0, 23)),
        day in field(1, 28),
        month in named(1, 12, &["JAN", "jun", "Dec"]),
        weekday in named(0, 6, &["SUN", "wed", "Sat"]),
        start in 1_600_000_000_i64..2_000_000_000,
    ) {
        let text = format!("{} {} {} {day} {month} {weekday}", clock.0, clock.1, clock.2);
        let parser = CronParser::builder().seconds(Seconds::Required).dom_and_dow(true).build();
        let other = parser.parse(&text).unwrap();
        let ours = schedule(&text);
        let mut now = jiff::Timestamp::from_second(start).unwrap().to_zoned(jiff::tz::TimeZone::UTC);
        for found in times(&ours, &Zone::utc(), Timestamp::from_micros(start * 1_000_000)).take(8) {
            now = other.find_next_occurrence(&now, false).unwrap();
            prop_assert_eq!(found.as_micros(), now.timestamp().as_microsecond(), "{}", text);
        }
    }
}
