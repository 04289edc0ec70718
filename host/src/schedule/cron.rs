//! A schedule of fields against the calendar, without any time zone.

use jiff::civil::{Date, DateTime, time};

use super::{field::WEEKDAY, set::Set};

/// Days that the months have at most.
const LENGTHS: [u8; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/// Six fields, all of which must allow a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cron {
    second: Set,
    minute: Set,
    hour: Set,
    day: Set,
    month: Set,
    weekday: Set,
    is_interval: bool,
}

impl Cron {
    /// Of the sets in the order of the fields.
    pub(super) fn new(sets: [Set; 6], is_interval: bool) -> Self {
        let [second, minute, hour, day, month, weekday] = sets;
        Self { second, minute, hour, day, month, weekday, is_interval }
    }

    /// Whether it counts time rather than naming a time of day: then it runs in both of two hours that the clock shows
    /// twice.
    pub(super) fn is_interval(&self) -> bool {
        self.is_interval
    }

    /// Whether no date is ever allowed, as with 30 February. Every other date falls on every weekday sooner or later.
    pub(super) fn never(&self) -> bool {
        !(1..=12).zip(LENGTHS).any(|(month, length)| {
            self.month.has(month) && self.day.from(1).is_some_and(|first| first <= length)
        })
    }

    /// Whether there is a time in every minute of every day.
    pub(super) fn is_in_every_minute(&self) -> bool {
        self.minute == Set::all(0, 59)
            && self.hour == Set::all(0, 23)
            && self.day == Set::all(1, 31)
            && self.month == Set::all(1, 12)
            && self.weekday == Set::all(0, 6)
    }

    /// The first time that is allowed, from `from` on and before `until`. Both are whole seconds.
    pub(super) fn first(&self, from: DateTime, until: DateTime) -> Option<DateTime> {
        let mut date = from.date();
        let mut least = (number(from.hour()), number(from.minute()), number(from.second()));
        while date <= until.date() {
            if !self.month.has(number(date.month())) {
                date = date.last_of_month().tomorrow().ok()?;
            } else if let (true, Some(found)) = (self.allows(date), self.time_from(least)) {
                let (hour, minute, second) = found;
                let found = date.to_datetime(time(signed(hour), signed(minute), signed(second), 0));
                return (found < until).then_some(found);
            } else {
                date = date.tomorrow().ok()?;
            }
            least = (0, 0, 0);
        }
        None
    }

    fn allows(&self, date: Date) -> bool {
        self.day.has(number(date.day())) && self.weekday.has(number(date.weekday().to_sunday_zero_offset()))
    }

    /// The first time of a day that is not before this one.
    fn time_from(&self, (hour, minute, second): (u8, u8, u8)) -> Option<(u8, u8, u8)> {
        if self.hour.has(hour) {
            if self.minute.has(minute)
                && let Some(second) = self.second.from(second)
            {
                return Some((hour, minute, second));
            }
            if let Some(minute) = self.minute.from(minute + 1) {
                return Some((hour, minute, self.second.from(0)?));
            }
        }
        Some((self.hour.from(hour + 1)?, self.minute.from(0)?, self.second.from(0)?))
    }

    /// Whether a local time is allowed: what the tests count with.
    #[cfg(test)]
    pub(super) fn matches(&self, local: DateTime) -> bool {
        self.month.has(number(local.month()))
            && self.allows(local.date())
            && self.hour.has(number(local.hour()))
            && self.minute.has(number(local.minute()))
            && self.second.has(number(local.second()))
    }
}

/// Parts of a date are small and never negative.
fn number(part: i8) -> u8 {
    part.unsigned_abs()
}

fn signed(part: u8) -> i8 {
    i8::try_from(part).unwrap_or(i8::MAX)
}

// The field of weekdays is the last of the six that `new` takes.
const _: () = assert!(WEEKDAY == 5);
