//! [`Cancellation`]: the news that nobody waits for the result any more.

use tokio_util::sync::CancellationToken;

/// Tells a function that its call is over before its time: the host stops, the call took too long, or, for an
/// activity, its orchestration has ended without waiting for it (terminated, for example).
///
/// A cancelled call is dropped at its next `await`; only code that runs elsewhere (a spawned task, a blocking
/// thread) needs to look here.
///
/// ```
/// # use fnhost_sdk::{Cancellation, Result};
/// # fn hash_next_block() -> bool { false }
/// pub async fn run(cancellation: Cancellation) -> Result<()> {
///     tokio::task::spawn_blocking(move || {
///         while !cancellation.is_cancelled() && hash_next_block() {}
///     })
///     .await?;
///     Ok(())
/// }
/// ```
#[derive(Debug, Clone)]
pub struct Cancellation(CancellationToken);

impl Cancellation {
    pub(crate) fn new(token: CancellationToken) -> Self {
        Self(token)
    }

    /// Whether the call is over.
    ///
    /// ```
    /// # fn show(cancellation: fnhost_sdk::Cancellation) -> bool {
    /// cancellation.is_cancelled()
    /// # }
    /// ```
    pub fn is_cancelled(&self) -> bool {
        self.0.is_cancelled()
    }

    /// Waits until the call is over.
    ///
    /// ```
    /// # async fn work() {}
    /// # async fn show(cancellation: fnhost_sdk::Cancellation) {
    /// tokio::select! {
    ///     () = work() => {}
    ///     () = cancellation.cancelled() => {}
    /// }
    /// # }
    /// ```
    pub async fn cancelled(&self) {
        self.0.cancelled().await;
    }
}
