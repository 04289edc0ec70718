//! What a store's tests bring along for the list of occurrences.

use std::sync::Arc;

use durable_core::store::{Holder, Occurrences};
use futures_core::future::BoxFuture;

/// Makes stores of one kind for one behaviour, as [`Harness`](crate::Harness) does.
pub trait OccurrenceHarness: 'static {
    /// Opens the store on the harness's task hub. Called once, first.
    fn open(&mut self) -> BoxFuture<'_, Arc<dyn Occurrences>>;

    /// Opens the store again on the same data, after the process that had the life `dead` was killed. That life is over
    /// at the latest when the new process has entered and claimed.
    fn reopen(&mut self, dead: Holder) -> BoxFuture<'_, Arc<dyn Occurrences>>;

    /// Opens another task hub of the same database beside what is open.
    fn open_hub(&mut self, hub: &str) -> BoxFuture<'_, Arc<dyn Occurrences>>;

    /// Opens the store once more on the same task hub, for another host. Only called for stores that serve many hosts.
    fn join(&mut self) -> BoxFuture<'_, Arc<dyn Occurrences>> {
        panic!("this store serves a single host")
    }

    /// Lets a life run out, as time does. Only called for stores that serve many hosts.
    fn expire(&mut self, dead: Holder) -> BoxFuture<'_, ()> {
        panic!("this store serves a single host, so that nobody ends the life {dead:?} of another")
    }
}
