//! The one timer of a connection.
//!
//! [`connection`](super::connection) asks it at the end of each of its rounds. It is always set for the deadline or
//! earlier, and never for later than `idle` from when it was set: the streams of HTTP/2 note moments from tasks of
//! their own, without waking the connection, and what they note is due no sooner than that.
//!
//! Why not poll a timer in each round: a round is a request, and looking at a flag is ten times cheaper.

use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use tokio::task::unconstrained;
use tokio::time::{Sleep, sleep_until};

use super::deadlines::{Overdue, Tick, due};
use super::registry::Connection;

/// With an `idle` of next to nothing, how long to wait at least before looking again at a connection that waits for
/// our own answer.
const LEAST_PAUSE: Tick = 100;

/// See the module.
pub(super) struct Alarm {
    // Boxed, which is once per connection, so that the rest can be reached without projecting a pin.
    sleep: Pin<Box<Sleep>>,
    /// What `sleep` is set for.
    at: Tick,
    /// `sleep` was set and has not been polled since, so it would wake nobody.
    fresh: bool,
}

impl Alarm {
    pub(super) fn new(connection: &Connection) -> Self {
        let at = due(&connection.moments, &connection.registry.waits).map_or(0, |(at, _)| at);
        Self { sleep: Box::pin(sleep_until(connection.registry.clock.instant(at))), at, fresh: true }
    }

    /// Ready when something is overdue. `moved` says that the task has a new waker.
    pub(super) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        connection: &Connection,
        moved: bool,
    ) -> Poll<Overdue> {
        let (moments, waits) = (&connection.moments, &connection.registry.waits);
        if let Some((at, _)) = due(moments, waits)
            && at < self.at
        {
            self.set(at, connection);
        }
        // Nearly every round ends here, with a look at a flag instead of a poll.
        if !self.fresh && !moved && !self.sleep.is_elapsed() {
            return Poll::Pending;
        }
        loop {
            self.fresh = false;
            // Unconstrained: with its budget used up, tokio would answer "pending" without setting the timer.
            if pin!(unconstrained(self.sleep.as_mut())).poll(cx).is_pending() {
                return Poll::Pending;
            }
            let now = connection.now();
            let latest = now.saturating_add(waits.idle.max(LEAST_PAUSE));
            match due(moments, waits) {
                Some((at, what)) if at <= now => return Poll::Ready(what),
                Some((at, _)) => self.set(at.min(latest), connection),
                None => self.set(latest, connection),
            }
        }
    }

    fn set(&mut self, at: Tick, connection: &Connection) {
        self.at = at;
        self.fresh = true;
        self.sleep.as_mut().reset(connection.registry.clock.instant(at));
    }
}
