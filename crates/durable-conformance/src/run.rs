//! Runs one behaviour as a test.

use std::{future::Future, pin::Pin};

use crate::{harness::Harness, scene::Scene};

/// A behaviour as the catalogue keeps it. It need not be `Send`: each has a thread of its own.
pub struct Behaviour(pub(crate) fn(Scene) -> Pin<Box<dyn Future<Output = ()>>>);

/// Sets the scene with a fresh harness and plays the behaviour.
pub fn run<H: Harness>(behaviour: Behaviour, harness: impl Future<Output = H>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a test can have a runtime of its own");
    runtime.block_on(async {
        let scene = Scene::set(Box::new(harness.await)).await;
        (behaviour.0)(scene).await;
    });
}
