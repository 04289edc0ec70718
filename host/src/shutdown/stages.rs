//! The two stages of stopping, and the handle that carries them.
//!
//! ```text
//! Running ──graceful──▶ Graceful ──now──▶ Now        (`now` may also come first; there is no way back)
//! ```
//!
//! Two cancellation tokens, one the child of the other, give exactly this order: cancelling `now` cancels
//! `graceful` with it, so nobody who waits for the milder stage can be left behind by the harder one.

use tokio_util::sync::CancellationToken;

/// Where the host stands on its way down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Nothing has been asked for.
    Running,
    /// Take nothing new, finish what has begun.
    Graceful,
    /// Drop everything.
    Now,
}

/// A cheap-clone handle: all clones see, and may cause, the same two stages.
#[derive(Debug, Clone)]
pub struct Shutdown {
    /// Cancelled when everything is to be dropped; the parent of `graceful`.
    now: CancellationToken,
    /// Cancelled when nothing new is to be taken.
    graceful: CancellationToken,
}

impl Default for Shutdown {
    fn default() -> Self {
        Self::new()
    }
}

impl Shutdown {
    /// A shutdown that nobody has asked for yet.
    pub fn new() -> Self {
        let now = CancellationToken::new();
        let graceful = now.child_token();
        Self { now, graceful }
    }

    /// Asks everybody to finish what has begun and to take nothing new. Repeating it changes nothing.
    pub fn begin_graceful(&self) {
        self.graceful.cancel();
    }

    /// Asks everybody to drop everything. Implies the graceful stage.
    pub fn begin_now(&self) {
        self.now.cancel();
    }

    /// One stage further: the first call is graceful, any later one means now. This is what a signal does.
    pub fn escalate(&self) -> Stage {
        if self.graceful.is_cancelled() {
            self.begin_now();
        } else {
            self.begin_graceful();
        }
        self.stage()
    }

    /// The stage reached so far.
    pub fn stage(&self) -> Stage {
        if self.now.is_cancelled() {
            Stage::Now
        } else if self.graceful.is_cancelled() {
            Stage::Graceful
        } else {
            Stage::Running
        }
    }

    /// Resolves once the graceful stage (or the one after it) is reached; at once when it already is.
    pub async fn graceful(&self) {
        self.graceful.cancelled().await;
    }

    /// Resolves once everything is to be dropped; at once when that is already so.
    pub async fn now(&self) {
        self.now.cancelled().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn escalates_one_stage_at_a_time_and_stays_there() {
        let shutdown = Shutdown::new();
        assert_eq!(shutdown.stage(), Stage::Running);
        assert_eq!(shutdown.escalate(), Stage::Graceful);
        shutdown.begin_graceful();
        assert_eq!(shutdown.stage(), Stage::Graceful);
        assert_eq!(shutdown.escalate(), Stage::Now);
        assert_eq!(shutdown.escalate(), Stage::Now);
    }

    #[tokio::test]
    async fn now_wakes_those_who_wait_for_graceful() {
        let shutdown = Shutdown::new();
        let waiter = tokio::spawn({
            let shutdown = shutdown.clone();
            async move {
                shutdown.graceful().await;
                shutdown.stage()
            }
        });
        shutdown.begin_now();
        assert_eq!(waiter.await.unwrap(), Stage::Now);
    }

    #[tokio::test]
    async fn graceful_does_not_wake_those_who_wait_for_now() {
        let shutdown = Shutdown::new();
        shutdown.begin_graceful();
        let now = shutdown.now();
        assert!(futures_util::FutureExt::now_or_never(now).is_none());
    }

    #[test]
    fn a_clone_is_the_same_shutdown() {
        let one = Shutdown::new();
        let other = one.clone();
        other.begin_graceful();
        assert_eq!(one.stage(), Stage::Graceful);
    }
}
