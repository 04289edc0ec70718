//! What a store's tests bring along.

use std::sync::Arc;

use durable_core::{model::HostLease, store::Store};
use futures_core::future::BoxFuture;

/// Makes stores of one kind for one behaviour. Each behaviour gets a harness of its own, with data that nobody has
/// used; what the harness holds on to (a folder, a schema) goes away with it.
///
/// A harness panics where it cannot do its work: there is nobody to answer an error to.
pub trait Harness: 'static {
    /// Opens the store on the harness's task hub. Called once, first.
    fn open(&mut self) -> BoxFuture<'_, Arc<dyn Store>>;

    /// Opens the store again on the same data, after the process of host `dead` was killed: the store it had was
    /// dropped, closed or not. What `dead` had leased is void at the latest when the new host has registered.
    fn reopen(&mut self, dead: HostLease) -> BoxFuture<'_, Arc<dyn Store>>;

    /// Opens another task hub of the same database beside what is open.
    fn open_hub(&mut self, hub: &str) -> BoxFuture<'_, Arc<dyn Store>>;

    /// Makes every row that says in which format it is stored say this one. `false` where nothing is stored in any.
    fn write_format(&mut self, format: u8) -> BoxFuture<'_, bool>;

    /// Opens the store once more on the same task hub beside what is open, for another host. Only called for
    /// stores that serve many hosts.
    fn join(&mut self) -> BoxFuture<'_, Arc<dyn Store>> {
        panic!("this store serves a single host")
    }

    /// Lets the lease of a host run out, as time does: the next host that takes over finds it dead. Only called for
    /// stores that serve many hosts.
    fn expire(&mut self, dead: HostLease) -> BoxFuture<'_, ()> {
        panic!("this store serves a single host, so that nobody takes over from {dead}")
    }
}
