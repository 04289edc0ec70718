//! A slot as the store knows it: an occurrence.

use durable_core::store::Occurrence;
use fnhost_protocol::{json::JsonText, time::Timestamp};
use serde::{Deserialize, Serialize};

use super::plan::Run;

/// What the sources of this trigger begin with.
pub(super) const PREFIX: &str = "timer:";

/// What a run needs to know besides its time. Stored: names are only added to.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Besides {
    #[serde(default, skip_serializing_if = "is_false")]
    catches_up: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_false(value: &bool) -> bool {
    !*value
}

/// Under which the occurrences of a timer are kept, and what is written down of it. Functions are told apart without
/// regard to case.
pub(super) fn source(function: &str) -> String {
    format!("{PREFIX}{}", function.to_ascii_lowercase())
}

/// The name in a source.
pub(super) fn function_of(source: &str) -> &str {
    source.strip_prefix(PREFIX).unwrap_or(source)
}

/// A time as the key of its slot: with all its digits, so that keys are ordered as times are.
pub(super) fn key(slot: Timestamp) -> String {
    format!("{:016}", slot.as_micros().max(0))
}

/// A run as it is offered.
pub(super) fn occurrence(function: &str, run: Run) -> Occurrence {
    let besides = Besides { catches_up: run.catches_up };
    Occurrence {
        source: source(function),
        key: key(run.slot),
        version: String::new(),
        due: run.slot,
        serial: true,
        data: JsonText::of(&besides).expect("a flag has a JSON form"),
    }
}

/// The run that an occurrence stands for; `None` when it is no time.
pub(super) fn run_of(occurrence: &Occurrence) -> Option<Run> {
    let slot = Timestamp::from_micros(occurrence.key.parse().ok()?);
    let besides: Besides = occurrence.data.read().unwrap_or_default();
    Some(Run { slot, catches_up: besides.catches_up })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_offered_is_what_is_run() {
        for catches_up in [false, true] {
            let run = Run { slot: Timestamp::from_micros(1_774_746_000_000_000), catches_up };
            let offered = occurrence("Nightly", run);
            assert_eq!(
                (offered.source.as_str(), offered.key.as_str()),
                ("timer:nightly", "1774746000000000")
            );
            assert_eq!((function_of(&offered.source), run_of(&offered)), ("nightly", Some(run)));
        }
        assert_eq!(
            occurrence("N", Run { slot: Timestamp::EPOCH, catches_up: true }).data.as_str(),
            r#"{"catchesUp":true}"#
        );
        let broken = Occurrence {
            key: "soon".to_owned(),
            ..occurrence("N", Run { slot: Timestamp::EPOCH, catches_up: false })
        };
        assert_eq!(run_of(&broken), None);
    }

    #[test]
    fn keys_are_ordered_as_times_are() {
        let at = |text: &str| key(Timestamp::parse(text).unwrap());
        assert!(at("1999-01-01T00:00:00Z") < at("2026-01-01T00:00:00Z"));
        assert!(at("2026-01-01T00:00:00Z") < at("2200-01-01T00:00:00Z"));
    }
}
