//! Where the engine and the triggers get their time from: the machine, or a test that turns it by hand.

use futures_core::future::BoxFuture;

use fnhost_protocol::time::Timestamp;

/// A source of time that can also wait.
pub trait Clock: Send + Sync + 'static {
    /// The current time.
    fn now(&self) -> Timestamp;

    /// Completes as soon as `now()` is at or past `due`; at once when it already is.
    fn sleep_until(&self, due: Timestamp) -> BoxFuture<'static, ()>;
}
