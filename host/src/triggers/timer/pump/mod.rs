//! What rings when a time has come.

mod cron;
mod held;

use std::sync::Arc;

use fnhost_protocol::time::Timestamp;
use futures_util::future::BoxFuture;
use tokio::sync::Notify;

pub(super) use cron::CronPump;
pub(super) use held::HeldPump;

/// What a pump rings. Many rings that nobody has heard yet are one.
pub(super) type Bell = Arc<Notify>;

/// Rings a bell when a time has come.
///
/// It need not be exact, nor sure: a ring too early or too many does no harm, and where one is missing the sweep of the
/// service finds what it was for. So there is room for libraries that lose one now and then.
pub(super) trait Pump: Send + Sync + 'static {
    /// Rings as soon as this time has come; at once when it has. Never waits, and may be asked for one time twice.
    fn arm(&self, at: Timestamp);

    /// Rings no more.
    fn stop(&self) -> BoxFuture<'_, ()>;
}
