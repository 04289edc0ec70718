//! HTTP/2 streams: each is a task of its own, and each is given up when its peer takes nothing of its answer.
//!
//! A stream whose window the peer keeps at zero blocks nothing that the socket could notice: pings are answered and
//! other streams go on. hyper offers no deadline for it, so the task is wrapped in one, kept by an alarm that is armed
//! only once an answer is on its way.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::{Arc, PoisonError};
use std::task::Poll;

use tokio::time::{Sleep, sleep_until};

use super::deadlines::Moment;
use super::registry::Connection;

/// How far one stream's answer has come.
#[derive(Debug, Default)]
pub(super) struct Progress {
    /// Since when a piece of the answer waits for the peer to make room. Not set while hyper waits for us.
    pub(super) handed: Moment,
}

/// Spawns the streams of one connection.
#[derive(Debug, Clone)]
pub(super) struct StreamExecutor {
    connection: Arc<Connection>,
}

impl StreamExecutor {
    pub(super) fn new(connection: Arc<Connection>) -> Self {
        Self { connection }
    }
}

impl<F> hyper::rt::Executor<F> for StreamExecutor
where
    F: Future<Output = ()> + Send + 'static,
{
    fn execute(&self, stream: F) {
        let tasks = &self.connection.registry.tasks;
        match self.connection.next_stream.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some(progress) => tasks.spawn(watch(stream, Arc::clone(&self.connection), progress)),
            // Not an answer: hyper may spawn other work of its own.
            None => tasks.spawn(stream),
        };
    }
}

/// Runs a stream to its end, or until its peer has taken nothing for too long.
async fn watch(stream: impl Future<Output = ()>, connection: Arc<Connection>, progress: Arc<Progress>) {
    let mut stream = pin!(stream);
    let mut alarm = pin!(None::<Sleep>);
    poll_fn(|cx| {
        if stream.as_mut().poll(cx).is_ready() {
            return Poll::Ready(());
        }
        loop {
            let handed = progress.handed.get();
            if handed == 0 {
                return Poll::Pending;
            }
            let registry = &connection.registry;
            let deadline = registry.clock.instant(handed.saturating_add(registry.waits.write_stall));
            if alarm.is_none() {
                alarm.set(Some(sleep_until(deadline)));
            }
            let Some(mut armed) = alarm.as_mut().as_pin_mut() else { return Poll::Pending };
            if armed.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
            if armed.deadline() >= deadline {
                tracing::debug!(peer = %connection.info.peer, "gave up a stream whose peer takes nothing");
                return Poll::Ready(());
            }
            // The answer has moved on since the alarm was set.
            armed.reset(deadline);
        }
    })
    .await;
}
