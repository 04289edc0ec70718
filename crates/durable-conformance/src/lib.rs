//! One list of behaviours that every durable store must show, generated as tests for each store.
//!
//! A store's tests bring a [`Harness`] along and expand the list, in which every behaviour becomes a test of its
//! own. Nothing can be forgotten for one store: there is one list, and a behaviour that is not on it is dead code.
//!
//! ```no_run
//! # use durable_conformance::{Harness, conformance_tests};
//! # use durable_core::{memory::MemoryStore, model::HostLease, store::Store};
//! # use futures_core::future::BoxFuture;
//! # use std::sync::Arc;
//! # struct MyHarness;
//! # impl Harness for MyHarness {
//! #     fn open(&mut self) -> BoxFuture<'_, Arc<dyn Store>> { unimplemented!() }
//! #     fn reopen(&mut self, _: HostLease) -> BoxFuture<'_, Arc<dyn Store>> { unimplemented!() }
//! #     fn write_format(&mut self, _: u8) -> BoxFuture<'_, bool> { unimplemented!() }
//! #     fn open_hub(&mut self, _: &str) -> BoxFuture<'_, Arc<dyn Store>> { unimplemented!() }
//! # }
//! # fn main() {}
//! async fn harness() -> MyHarness {
//!     MyHarness
//! }
//!
//! conformance_tests!(single_host harness); // or `many_hosts harness`
//! ```

mod behaviours;
/// Builders, for what a store's own tests write as well.
#[doc(hidden)]
pub mod build;
#[doc(hidden)]
pub mod catalogue;
mod harness;
mod host;
mod list;
pub mod occurrences;
mod run;
mod scene;
mod tests_macro;

pub use harness::Harness;
pub use occurrences::OccurrenceHarness;
#[doc(hidden)]
pub use run::run;
