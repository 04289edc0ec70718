//! The language in tables, a year around the changes of several clocks, and two other ways of counting beside it.

mod brute;
mod language;
mod other;
mod seasons;

use fnhost_protocol::time::Timestamp;

use super::{Schedule, Zone};

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn schedule(text: &str) -> Schedule {
    Schedule::parse(text).unwrap_or_else(|error| panic!("{}\n{error}", error.pointing_into(text)))
}

/// The next times as clocks of the zone show them.
fn next(text: &str, zone: &str, after: &str, count: usize) -> Vec<String> {
    let (schedule, zone) = (schedule(text), Zone::find(zone).unwrap());
    times(&schedule, &zone, at(after)).take(count).map(|at| zone.show(at)).collect()
}

fn times(schedule: &Schedule, zone: &Zone, after: Timestamp) -> impl Iterator<Item = Timestamp> {
    std::iter::successors(schedule.next_after(after, zone), |last| schedule.next_after(*last, zone))
}
