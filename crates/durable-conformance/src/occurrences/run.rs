//! Runs one behaviour as a test.

use std::{future::Future, pin::Pin};

use crate::occurrences::{OccurrenceHarness, life::Stage};

/// A behaviour as the catalogue keeps it.
pub struct Behaviour(pub(crate) fn(Stage) -> Pin<Box<dyn Future<Output = ()>>>);

/// Sets the stage with a fresh harness and plays the behaviour.
pub fn run<H: OccurrenceHarness>(behaviour: Behaviour, harness: impl Future<Output = H>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a test can have a runtime of its own");
    runtime.block_on(async {
        let stage = Stage::set(Box::new(harness.await)).await;
        (behaviour.0)(stage).await;
    });
}
