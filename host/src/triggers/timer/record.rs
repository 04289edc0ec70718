//! What is written down of a timer, so that the next start knows what was missed.

use fnhost_protocol::{json::JsonText, time::Timestamp, timer::ScheduleStatus};
use serde::{Deserialize, Serialize};

use crate::app::TimerTrigger;

/// The stored form. Names are never changed, only added to; times are microseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Record {
    /// The last time that had its run.
    #[serde(default)]
    pub(super) last: Option<Timestamp>,
    /// The first time that had none yet.
    #[serde(default)]
    pub(super) next: Option<Timestamp>,
    /// When this was written.
    #[serde(default)]
    pub(super) last_updated: Option<Timestamp>,
    /// Schedule and zone that `next` was reckoned by: with others it means nothing.
    #[serde(default)]
    pub(super) schedule: String,
}

impl Record {
    /// Of a timer that waits for `next`.
    pub(super) fn of(timer: &TimerTrigger, next: Option<Timestamp>, now: Timestamp) -> Self {
        Self { last: None, next, last_updated: Some(now), schedule: identity(timer) }
    }

    /// Whether it was written for this schedule.
    pub(super) fn is_of(&self, timer: &TimerTrigger) -> bool {
        self.schedule == identity(timer)
    }

    /// Reads the stored form; what cannot be read is as good as nothing, and is replaced by the next run.
    pub(super) fn read(text: &JsonText) -> Option<Self> {
        text.read().ok()
    }

    /// The stored form.
    pub(super) fn to_json(&self) -> JsonText {
        JsonText::of(self).expect("times and the text of a schedule have a JSON form")
    }

    /// As functions and operators see it.
    pub(super) fn status(&self) -> ScheduleStatus {
        ScheduleStatus { last: self.last, next: self.next, last_updated: self.last_updated }
    }
}

fn identity(timer: &TimerTrigger) -> String {
    format!("{} ({})", timer.schedule.text(), timer.zone)
}
