//! [`TimerInfo`]: the time of the schedule that a call is for.

use fnhost_protocol::{
    time::Timestamp,
    timer::{ScheduleStatus, TimerCall},
};

use crate::{
    call::Call,
    error::{Context as _, Result},
};

/// The time of the schedule that a call is for. Functions that a `timerTrigger` starts take it as a parameter.
///
/// ```
/// # use fnhost_sdk::{Logger, Result, TimerInfo};
/// pub async fn run(timer: TimerInfo, log: Logger) -> Result<()> {
///     if timer.is_past_due() {
///         log.warn(format_args!("the run of {} comes late", timer.slot()));
///     }
///     Ok(())
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimerInfo(TimerCall);

impl TimerInfo {
    /// Takes it from a call.
    ///
    /// # Errors
    /// When no timer started the call.
    pub(crate) fn of_call(call: &Call) -> Result<Self> {
        let name = call.info().function();
        let timer = call.timer().with_context(|| format!("`{name}` was not started by a timer"))?;
        Ok(Self(timer.clone()))
    }

    /// The time of the schedule that this call is for, whenever it really begins: the same on every attempt and on
    /// every host, so it is what results are filed under. Of a call by hand, and of one at the start of the host, it is
    /// the time at which that was asked for.
    ///
    /// ```
    /// # fn show(timer: fnhost_sdk::TimerInfo) -> String {
    /// format!("report-{}", timer.slot())
    /// # }
    /// ```
    pub fn slot(&self) -> Timestamp {
        self.0.slot
    }

    /// Whether the call begins a second or more after its time, or makes up for one that was missed while no host ran.
    ///
    /// ```
    /// # fn show(timer: fnhost_sdk::TimerInfo) -> bool {
    /// timer.is_past_due()
    /// # }
    /// ```
    pub fn is_past_due(&self) -> bool {
        self.0.is_past_due
    }

    /// What was on record of the schedule before this call. `None` when the timer keeps no record, because its file says
    /// so (`useMonitor = false`) or no two of its times are more than a minute apart.
    ///
    /// ```
    /// # fn show(timer: fnhost_sdk::TimerInfo) -> Option<fnhost_sdk::Timestamp> {
    /// timer.schedule_status()?.last
    /// # }
    /// ```
    pub fn schedule_status(&self) -> Option<&ScheduleStatus> {
        self.0.schedule_status.as_ref()
    }
}
