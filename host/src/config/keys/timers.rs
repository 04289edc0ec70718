//! Keys of `[extensions.timers]`.

use super::kind::{COUNT, Kind, TEXT};
use super::spec::{Doc, KeySpec};

const fn key(path: &'static str, kind: Kind, meaning: &'static str) -> KeySpec {
    KeySpec::new(Doc::Host, path, kind, meaning)
}

/// The values of `missedRuns`.
pub(crate) const ONCE: &str = "once";
pub(crate) const SKIP: &str = "skip";
pub(crate) const ALL: &str = "all";

/// What becomes of times that nobody was there for.
pub(crate) const MISSED: Kind = Kind::Choice(&[ONCE, SKIP, ALL]);

pub(crate) const KEYS: &[KeySpec] = &[
    key("extensions.timers", Kind::Section, "Functions with a `timerTrigger`; see docs/timers.md."),
    key(
        "extensions.timers.timeZone",
        TEXT,
        "The time zone of all schedules that name none, by its IANA name: `Europe/Berlin`.",
    )
    .default("the setting `WEBSITE_TIME_ZONE` or `TZ`, or the machine's"),
    key(
        "extensions.timers.missedRuns",
        MISSED,
        "What becomes of times at which no host ran: `once` makes up for all of them with one run, `all` with one each, \
         `skip` with none.",
    ),
    key(
        "extensions.timers.maxMissedRuns",
        Kind::Int { min: 1, max: 10_000 },
        "Most runs of one timer that `all` makes up for: the latest.",
    ),
    key(
        "extensions.timers.maxConcurrentRuns",
        COUNT,
        "Runs of different timers at once on this host. Of one timer there is one at a time, on all hosts together.",
    ),
    key(
        "extensions.timers.sweepInterval",
        Kind::Span { min: 10, endless: true },
        "How often the host looks for times that its alarm has missed. Clocks that were set are noticed by it.",
    ),
];
