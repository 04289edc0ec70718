//! When a schedule is due next, in a time zone.

use std::time::Duration;

use fnhost_protocol::time::Timestamp;
use jiff::{civil::DateTime, tz::Offset};

use super::{cron::Cron, error::Remark, zone::Zone};

/// The longest that a schedule may pause: 29 February on one weekday comes every 40 years at worst.
const LONGEST_YEARS: i64 = 45;

/// Times at which something runs: fields that name them, or a constant interval.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    text: String,
    times: Times,
    remarks: Vec<Remark>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Times {
    Cron(Cron),
    /// Whole seconds, at least one.
    Every(Duration),
}

impl Schedule {
    pub(super) fn new(text: &str, times: Times, remarks: Vec<Remark>) -> Self {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        Self { text, times, remarks }
    }

    /// As it was written, with one blank between the fields: two schedules of one text are the same.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What is right about it, but may not be what was meant.
    pub fn remarks(&self) -> &[Remark] {
        &self.remarks
    }

    /// Whether it is never due, as with 30 February.
    pub fn never_fires(&self) -> bool {
        matches!(&self.times, Times::Cron(cron) if cron.never())
    }

    /// Whether no two of its times are more than a minute apart.
    pub fn is_frequent(&self) -> bool {
        match &self.times {
            Times::Cron(cron) => cron.is_in_every_minute(),
            Times::Every(span) => *span <= Duration::from_secs(60),
        }
    }

    /// The first time that is strictly after `now`; `None` when there is none before the year 9999, or ever.
    ///
    /// A time that a clock skips (02:30, when 02:00 becomes 03:00) moves by as much as the clock does. A time that it
    /// shows twice counts once, the first, unless the schedule is one that runs in intervals: then it counts twice. A
    /// time-span is counted from 1970 on, so that all hosts, and all starts of a host, agree on its times.
    ///
    /// ```
    /// # use fnhost::schedule::{Schedule, Zone};
    /// # use fnhost_protocol::time::Timestamp;
    /// let daily = Schedule::parse("0 30 2 * * *").unwrap();
    /// let berlin = Zone::find("Europe/Berlin").unwrap();
    /// let now = Timestamp::parse("2026-03-28T12:00:00Z").unwrap();
    /// assert_eq!(daily.next_after(now, &berlin), Timestamp::parse("2026-03-29T01:30:00Z").ok());
    /// ```
    pub fn next_after(&self, now: Timestamp, zone: &Zone) -> Option<Timestamp> {
        match &self.times {
            Times::Every(span) => {
                let span = i64::try_from(span.as_micros()).ok()?;
                let next = now.as_micros().div_euclid(span).checked_add(1)?.checked_mul(span)?;
                Some(Timestamp::from_micros(next)).filter(|next| *next <= Timestamp::MAX)
            }
            Times::Cron(cron) if cron.never() => None,
            Times::Cron(cron) => next_of(cron, now, zone),
        }
    }

    #[cfg(test)]
    pub(super) fn cron(&self) -> Option<&Cron> {
        match &self.times {
            Times::Cron(cron) => Some(cron),
            Times::Every(_) => None,
        }
    }
}

/// Seconds since 1970.
type Seconds = i64;

/// Walks from one change of the zone's offset to the next: between two of them, local time and UTC run side by side.
fn next_of(cron: &Cron, now: Timestamp, zone: &Zone) -> Option<Timestamp> {
    let first = now.as_micros().div_euclid(1_000_000) + 1;
    let last = first.saturating_add(LONGEST_YEARS * 366 * 86_400);
    let mut from = first;
    loop {
        let stretch = Stretch::at(zone, from)?;
        if let Some(found) = stretch.first(cron, from) {
            return Some(Timestamp::from_micros(found * 1_000_000)).filter(|found| *found <= Timestamp::MAX);
        }
        from = stretch.end.filter(|end| *end <= last)?;
    }
}

/// A stretch of time in which the offset of a zone is the same.
struct Stretch {
    offset: Offset,
    /// When it began, and the offset before; `None` when it has always been so.
    began: Option<(Seconds, Offset)>,
    /// When the next one begins.
    end: Option<Seconds>,
}

impl Stretch {
    fn at(zone: &Zone, at: Seconds) -> Option<Self> {
        let zone = zone.rules();
        let at = jiff::Timestamp::from_second(at).ok()?;
        let nano = jiff::SignedDuration::from_nanos(1);
        let began =
            zone.preceding(at.checked_add(nano).ok()?).next().map(|transition| transition.timestamp());
        let began = began.and_then(|began| {
            let before = zone.to_offset(began.checked_sub(nano).ok()?);
            Some((began.as_second(), before))
        });
        let end = zone.following(at).next().map(|transition| transition.timestamp().as_second());
        Some(Self { offset: zone.to_offset(at), began, end })
    }

    /// The first time of the schedule in this stretch, from `from` on.
    fn first(&self, cron: &Cron, from: Seconds) -> Option<Seconds> {
        let until = self.end.and_then(|end| local(end, self.offset)).unwrap_or(DateTime::MAX);
        let mut least = local(from, self.offset)?;
        let mut moved = None;
        if let Some((began, before)) = self.began {
            // What a clock showed when this stretch began, if nobody had touched it.
            let untouched = local(began, before)?;
            if !cron.is_interval() {
                // When it was put back, it shows the time until then for the second time.
                least = least.max(untouched);
            }
            // When it was put forward, it skipped the time from then on: as if nobody had touched it.
            let skipped_until = local(began, self.offset)?;
            let skipped_until = match self.end.and_then(|end| local(end, before)) {
                Some(end) => skipped_until.min(end),
                None => skipped_until,
            };
            let skipped_from = local(from, before)?;
            if skipped_from < skipped_until {
                moved = cron.first(skipped_from, skipped_until).and_then(|skipped| instant(skipped, before));
            }
        }
        let shown = cron.first(least, until).and_then(|shown| instant(shown, self.offset));
        [moved, shown].into_iter().flatten().min()
    }
}

fn local(at: Seconds, offset: Offset) -> Option<DateTime> {
    jiff::Timestamp::from_second(at).ok().map(|at| offset.to_datetime(at))
}

fn instant(local: DateTime, offset: Offset) -> Option<Seconds> {
    offset.to_timestamp(local).ok().map(jiff::Timestamp::as_second)
}
