//! The pump on `tokio-cron-scheduler`.
//!
//! The scheduler looks at its jobs twice a second, and loses activations when many are due at once. So it carries one job
//! per second that is armed, begun a second early; the job sleeps to the moment itself and rings once, for however many
//! timers. Why it carries no schedules: `docs/decisions/0038-the-scheduler-is-a-pump.md`.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use durable_core::clock::Clock;
use fnhost_protocol::time::Timestamp;
use futures_util::future::BoxFuture;
use tokio_cron_scheduler::{Job, JobScheduler, JobSchedulerError};
use tokio_util::sync::CancellationToken;

use super::{Bell, Pump};

/// How long before its time a job begins: more than the scheduler is ever late by design.
const EARLY: Duration = Duration::from_secs(1);

/// What comes sooner than this gets no job: the scheduler counts in whole seconds and would begin it too late.
const SOON: Duration = Duration::from_secs(3);

/// For hosts that go by the machine's clock.
pub(in super::super) struct CronPump {
    scheduler: JobScheduler,
    alarm: Arc<Alarm>,
}

/// What a job, and a task without one, does.
struct Alarm {
    clock: Arc<dyn Clock>,
    bell: Bell,
    armed: Mutex<BTreeSet<Timestamp>>,
    over: CancellationToken,
}

impl Alarm {
    /// Sleeps to the moment and rings.
    async fn ring_at(self: Arc<Self>, at: Timestamp) {
        if self.over.run_until_cancelled(self.clock.sleep_until(at)).await.is_some() {
            self.armed.lock().unwrap_or_else(PoisonError::into_inner).remove(&at);
            self.bell.notify_one();
        }
    }
}

impl CronPump {
    /// Starts the scheduler.
    ///
    /// # Errors
    /// When it cannot start.
    pub(in super::super) async fn start(
        clock: Arc<dyn Clock>,
        bell: Bell,
    ) -> Result<Self, JobSchedulerError> {
        let scheduler = JobScheduler::new().await?;
        scheduler.start().await?;
        let armed = Mutex::new(BTreeSet::new());
        Ok(Self { scheduler, alarm: Arc::new(Alarm { clock, bell, armed, over: CancellationToken::new() }) })
    }
}

impl Pump for CronPump {
    fn arm(&self, at: Timestamp) {
        let alarm = self.alarm.clone();
        if !alarm.armed.lock().unwrap_or_else(PoisonError::into_inner).insert(at) {
            return;
        }
        let left = at.since(alarm.clock.now());
        if left < SOON {
            tokio::spawn(alarm.ring_at(at));
            return;
        }
        let scheduler = self.scheduler.clone();
        tokio::spawn(async move {
            let job = Job::new_one_shot_async(left.saturating_sub(EARLY), {
                let alarm = alarm.clone();
                move |_, _| Box::pin(alarm.clone().ring_at(at))
            });
            let added = match job {
                Ok(job) => scheduler.add(job).await.map(drop),
                Err(error) => Err(error),
            };
            if let Err(error) = added {
                tracing::warn!(%error, "the scheduler takes no job; the alarm goes without it");
                alarm.ring_at(at).await;
            }
        });
    }

    fn stop(&self) -> BoxFuture<'_, ()> {
        self.alarm.over.cancel();
        let mut scheduler = self.scheduler.clone();
        Box::pin(async move {
            if let Err(error) = scheduler.shutdown().await {
                tracing::debug!(%error, "the scheduler did not stop");
            }
        })
    }
}

impl Drop for CronPump {
    fn drop(&mut self) {
        self.alarm.over.cancel();
    }
}
