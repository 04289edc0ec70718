//! What a timer's function is told of its schedule.

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// One call of a timer's function.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimerCall {
    /// The time of the schedule that this call is for; of a call by hand, and of one at the start of the host, when it
    /// was asked for.
    pub slot: Timestamp,
    /// Whether the call begins a second or more after its time, or makes up for one that was missed.
    pub is_past_due: bool,
    /// What was on record of the schedule before this call; `None` when the timer keeps no record (`useMonitor = false`,
    /// or no two of its times are more than a minute apart).
    pub schedule_status: Option<ScheduleStatus>,
    /// Which attempt for this time it is, counted from 1: more after a failure under a retry policy, and when a host died
    /// during the call before.
    pub attempt: u32,
}

/// What is on record of a schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ScheduleStatus {
    /// The last time of the schedule that was served; `None` before the first.
    pub last: Option<Timestamp>,
    /// The next one, as it was reckoned then.
    pub next: Option<Timestamp>,
    /// When this was written down.
    pub last_updated: Option<Timestamp>,
}
