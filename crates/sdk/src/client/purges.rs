//! Removing what is finished.

use fnhost_protocol::client::{ClientError, PurgeFilter, Purged, Reach};

use super::DurableClient;
use crate::ids::ToInstanceId;

impl DurableClient {
    /// Removes a finished instance with its history. Its sub-orchestrations stay, see
    /// [`purge_recursive`](Self::purge_recursive).
    ///
    /// # Errors
    /// When there is no such instance, or it is not finished.
    ///
    /// ```
    /// # use fnhost_sdk::{DurableClient, Result};
    /// # async fn show(client: DurableClient, id: String) -> Result<()> {
    /// client.purge(&id).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn purge(&self, id: impl ToInstanceId) -> Result<(), ClientError> {
        self.api.purge(id.to_instance_id()?, Reach::Instance).await.map(|_| ())
    }

    /// Removes a finished instance and its finished sub-orchestrations, down the tree; returns how many instances that
    /// were. A sub-orchestration that still runs stays, with all below it.
    ///
    /// # Errors
    /// As for [`purge`](Self::purge).
    ///
    /// ```
    /// # use fnhost_sdk::{DurableClient, Result};
    /// # async fn show(client: DurableClient, id: String) -> Result<()> {
    /// let gone = client.purge_recursive(&id).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn purge_recursive(&self, id: impl ToInstanceId) -> Result<u64, ClientError> {
        self.api.purge(id.to_instance_id()?, Reach::Tree).await.map(|purged| purged.instances)
    }

    /// Removes all finished instances that fit, the longest finished first, in small groups between which other work goes
    /// on. With `at_most` it returns after so many and tells whether there may be more, for a progress bar or a limit.
    ///
    /// To keep finished instances for a fixed time only, the host file needs a line and the app no code:
    /// `extensions.durableTask.retention`.
    ///
    /// # Errors
    /// When the engine cannot answer. A part may be gone then; the same call goes on with the rest.
    ///
    /// ```
    /// # use fnhost_sdk::{DurableClient, PurgeFilter, Result, RuntimeStatus};
    /// # async fn show(client: DurableClient) -> Result<()> {
    /// let failed = PurgeFilter {
    ///     statuses: vec![RuntimeStatus::Failed],
    ///     at_most: Some(1_000),
    ///     ..PurgeFilter::default()
    /// };
    /// loop {
    ///     let purged = client.purge_all(failed.clone()).await?;
    ///     println!("{} more are gone", purged.instances);
    ///     if purged.is_complete {
    ///         return Ok(());
    ///     }
    /// }
    /// # }
    /// ```
    pub async fn purge_all(&self, filter: PurgeFilter) -> Result<Purged, ClientError> {
        self.api.purge_all(filter).await
    }
}
