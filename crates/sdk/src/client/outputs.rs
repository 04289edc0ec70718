//! Results of instances, and running them again.

use std::time::Duration;

use fnhost_protocol::{
    client::{ClientError, StartRequest, StatusDetail},
    failure::kind,
    ids::InstanceId,
    status::{InstanceStatus, RuntimeStatus},
};
use serde::de::DeserializeOwned;

use super::DurableClient;
use crate::{
    error::{Error, Result, wrong_type},
    ids::ToInstanceId,
};

/// The kind of error of an instance that has not finished in time.
const NOT_FINISHED: &str = "NotFinished";

impl DurableClient {
    /// Waits until an instance has completed, at most so long, and returns its output.
    ///
    /// # Errors
    /// When there is no such instance. When it failed: its own failure, with its kind and causes. When it was terminated:
    /// of the kind `Terminated`, with the reason. When it is not finished in time: of the kind `NotFinished`. When its
    /// output has another shape.
    ///
    /// ```
    /// # use fnhost_sdk::{DurableClient, Result};
    /// # use std::time::Duration;
    /// # async fn show(client: DurableClient) -> Result<()> {
    /// let id = client.start("Price", "tea").await?;
    /// let price: f64 = client.wait_for_output(&id, Duration::from_secs(10)).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn wait_for_output<T: DeserializeOwned>(
        &self,
        id: impl ToInstanceId,
        timeout: Duration,
    ) -> Result<T> {
        let instance = self.api.wait(id.to_instance_id()?, timeout).await?;
        output(instance, timeout)
    }

    /// Starts the function of an instance again, with the same input and a generated id, which is returned. The instance
    /// itself stays as it is, finished or not.
    ///
    /// The input is that of its latest execution, where it has continued as new.
    ///
    /// # Errors
    /// When there is no such instance, or its function is gone.
    ///
    /// ```
    /// # use fnhost_sdk::{DurableClient, Result};
    /// # async fn show(client: DurableClient, id: String) -> Result<()> {
    /// let again = client.restart(&id).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn restart(&self, id: impl ToInstanceId) -> Result<InstanceId, ClientError> {
        self.start_again(id.to_instance_id()?, false).await
    }

    /// Starts the function of a finished instance again in its place: same id, same input, a new history.
    ///
    /// # Errors
    /// As for [`restart`](Self::restart), and when the instance is not finished.
    ///
    /// ```
    /// # use fnhost_sdk::{DurableClient, Result};
    /// # async fn show(client: DurableClient) -> Result<()> {
    /// client.restart_in_place("nightly").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn restart_in_place(&self, id: impl ToInstanceId) -> Result<(), ClientError> {
        self.start_again(id.to_instance_id()?, true).await.map(|_| ())
    }

    async fn start_again(&self, id: InstanceId, in_place: bool) -> Result<InstanceId, ClientError> {
        let detail = StatusDetail { input: true, history: false };
        let instance = self.api.status(id.clone(), detail).await?.ok_or(ClientError::NotFound { id })?;
        self.api.start(StartRequest::again(instance, in_place)).await
    }
}

/// The output of an instance that has completed.
fn output<T: DeserializeOwned>(instance: InstanceStatus, timeout: Duration) -> Result<T> {
    let InstanceStatus { instance: id, status, output, failure, .. } = instance;
    let output = output.unwrap_or_default();
    match (status, failure) {
        (RuntimeStatus::Completed, _) => output
            .read()
            .map_err(|reason| wrong_type::<T>(&format!("the output of instance `{id}`"), &output, &reason)),
        (RuntimeStatus::Failed, Some(failure)) => Err(Error::from_failure(failure)),
        (RuntimeStatus::Terminated, _) => {
            Err(Error::new(format!("instance `{id}` was terminated: {output}")).with_kind(kind::TERMINATED))
        }
        (status, _) => {
            Err(Error::new(format!("instance `{id}` is {status} after {timeout:?}")).with_kind(NOT_FINISHED))
        }
    }
}
