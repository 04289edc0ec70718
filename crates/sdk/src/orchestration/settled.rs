//! [`Settled`]: what a future of a race comes to.

use crate::error::Result;

/// What a future of a race comes to: a `Result`, whose failure is the failure of the race, or the results of a
/// [`join_all`](super::OrchestrationContext::join_all), whatever they are.
///
/// ```
/// # use fnhost_sdk::{First, OrchestrationContext, Result};
/// # use std::time::Duration;
/// pub async fn run(ctx: OrchestrationContext, files: Vec<String>) -> Result<usize> {
///     let copies = ctx.join_all(files.iter().map(|file| ctx.activity::<()>("Copy", file)));
///     match ctx.first(copies, ctx.timer(Duration::from_secs(60))).await? {
///         First::Left(copies) => Ok(copies.iter().filter(|copy| copy.is_ok()).count()),
///         First::Right(()) => Ok(0),
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "a future that gives `{Self}` cannot take part in a race",
    note = "it must give a `Result`, or the `Vec` of results that `join_all` gives"
)]
pub trait Settled {
    /// What the race gives when this one is first.
    type Value;

    /// The value, or why the race fails.
    ///
    /// # Errors
    /// When this is a failure.
    fn settle(self) -> Result<Self::Value>;
}

impl<T> Settled for Result<T> {
    type Value = T;

    fn settle(self) -> Result<T> {
        self
    }
}

impl<T> Settled for Vec<Result<T>> {
    type Value = Self;

    fn settle(self) -> Result<Self> {
        Ok(self)
    }
}
