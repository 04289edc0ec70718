//! A whole app in process, on a clock that the test turns: for tests of apps.
//!
//! ```no_run
//! # use std::time::Duration;
//! # use fnhost::testkit::TestApp;
//! # async fn example() -> Result<(), fnhost::testkit::TestError> {
//! # let registry = fnhost_sdk::Registry::new();
//! // `registry` is what `fnhost_sdk::functions!()` made of the function folders.
//! let app = TestApp::of(".", registry).setting("RegistryOpenSeconds", "300").start().await?;
//! let id = app.get("/api/Open").await?.text();
//! app.advance(Duration::from_secs(300)).await;
//! assert!(app.get(&format!("/api/Peek/{id}")).await?.text().contains("Closed"));
//! app.stop().await;
//! # Ok(())
//! # }
//! ```

mod answer;
mod app;

pub use answer::Answer;
pub use app::{TestApp, TestAppBuilder, TestError};
