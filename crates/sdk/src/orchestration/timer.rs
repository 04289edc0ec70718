//! [`Timer`] and what it can be set to.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use fnhost_protocol::{history::TaskId, time::Timestamp};

use super::shared::Shared;
use crate::{
    error::{Error, Result},
    settings::Setting,
};

/// A durable timer, made by [`OrchestrationContext::timer`](super::OrchestrationContext::timer). It runs from when
/// it is made. Dropping it before it fires cancels it, as does losing a [`first`](super::OrchestrationContext::first).
///
/// Several waits can share one by reference:
///
/// ```
/// # use fnhost_sdk::{First, OrchestrationContext, Result};
/// # use std::time::Duration;
/// pub async fn run(ctx: OrchestrationContext, code: u32) -> Result<bool> {
///     let mut patience = ctx.timer(Duration::from_secs(90));
///     for _ in 0..4 {
///         let answer = ctx.wait_for_event::<u32>("SmsChallengeResponse");
///         match ctx.first(answer, &mut patience).await? {
///             First::Left(answer) if answer == code => return Ok(true),
///             First::Left(_) => {}
///             First::Right(()) => return Ok(false),
///         }
///     }
///     Ok(false)
/// }
/// ```
#[must_use = "a timer that is dropped is cancelled"]
pub struct Timer(Progress);

enum Progress {
    Asked(Arc<Shared>, TaskId),
    /// The setting or time was wrong.
    Refused(Option<Error>),
    Fired,
}

impl Timer {
    pub(super) fn asked(shared: Arc<Shared>, id: TaskId) -> Self {
        Self(Progress::Asked(shared, id))
    }

    pub(super) fn refused(error: Error) -> Self {
        Self(Progress::Refused(Some(error)))
    }

    /// Cancels the timer; the same as dropping it, but easier to read.
    ///
    /// ```
    /// # use fnhost_sdk::{OrchestrationContext, Result};
    /// # use std::time::Duration;
    /// pub async fn run(ctx: OrchestrationContext) -> Result<()> {
    ///     let reminder = ctx.timer(Duration::from_secs(3600));
    ///     ctx.activity::<()>("Print", ()).await?;
    ///     reminder.cancel();
    ///     ctx.wait_for_event::<()>("Fetched").await
    /// }
    /// ```
    pub fn cancel(self) {
        drop(self);
    }
}

impl Future for Timer {
    type Output = Result<()>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.0 {
            Progress::Asked(shared, id) => {
                let Poll::Ready(result) = shared.state().poll_task(*id, cx) else { return Poll::Pending };
                self.0 = Progress::Fired;
                Poll::Ready(result.map(drop).map_err(Error::from_failure))
            }
            Progress::Refused(error) => match error.take() {
                Some(error) => Poll::Ready(Err(error)),
                None => panic!("a timer with a wrong time is awaited again"),
            },
            // A timer that has fired stays so: loops may ask it again.
            Progress::Fired => Poll::Ready(Ok(())),
        }
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        if let Progress::Asked(shared, id) = &self.0 {
            shared.state().give_up(*id);
        }
    }
}

impl fmt::Debug for Timer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Progress::Asked(_, id) => write!(f, "Timer(task {id})"),
            Progress::Refused(_) => f.write_str("Timer(refused)"),
            Progress::Fired => f.write_str("Timer(fired)"),
        }
    }
}

/// What a timer can be set to: a `Duration` from now, a [`Timestamp`], or a [`Setting`] that holds seconds.
///
/// ```
/// # use fnhost_sdk::{OrchestrationContext, Result};
/// # use std::time::Duration;
/// pub async fn run(ctx: OrchestrationContext) -> Result<()> {
///     ctx.timer(Duration::from_millis(1500)).await?;
///     ctx.timer(ctx.now().saturating_add(Duration::from_secs(60))).await?;
///     ctx.timer(ctx.setting("PauseSeconds")?).await
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "a timer cannot be set to `{Self}`",
    note = "give it a `std::time::Duration`, a `Timestamp`, or a setting that holds seconds: `ctx.setting(\"…\")?`"
)]
pub trait FireTime {
    /// When the timer fires that is made now.
    ///
    /// # Errors
    /// When this is no time: a setting holds something else than seconds.
    #[track_caller]
    fn fire_time(self, now: Timestamp) -> Result<Timestamp>;
}

impl FireTime for Duration {
    #[track_caller]
    fn fire_time(self, now: Timestamp) -> Result<Timestamp> {
        Ok(now.saturating_add(self))
    }
}

impl FireTime for Timestamp {
    #[track_caller]
    fn fire_time(self, _now: Timestamp) -> Result<Timestamp> {
        Ok(self)
    }
}

impl FireTime for Setting {
    #[track_caller]
    fn fire_time(self, now: Timestamp) -> Result<Timestamp> {
        Ok(now.saturating_add(self.seconds()?))
    }
}

impl FireTime for &Setting {
    #[track_caller]
    fn fire_time(self, now: Timestamp) -> Result<Timestamp> {
        Ok(now.saturating_add(self.seconds()?))
    }
}
