//! Answers that tell an HTTP caller how to follow an instance.

use std::time::Duration;

use fnhost_protocol::{
    client::{ClientError, ManagementLinks, StatusDetail},
    ids::InstanceId,
    status::{InstanceStatus, RuntimeStatus},
    status_document::StatusDocument,
};
use http::StatusCode;
use serde::Serialize;

use super::DurableClient;
use crate::{
    error::{Context as _, Result},
    ids::ToInstanceId,
    respond::{JSON, Response},
};

/// How long the caller is asked to wait before it looks at the status.
const RETRY_AFTER_SECONDS: &str = "10";

impl DurableClient {
    /// The answer that tells the caller of this HTTP function how to follow an instance: 202, `Location`,
    /// `Retry-After: 10`, and a JSON body with all management links, which begin as the caller's own URL.
    ///
    /// # Errors
    /// When this function does not serve HTTP, or the text can be no id.
    ///
    /// ```
    /// # use fnhost_sdk::{DurableClient, Path, Response, Result};
    /// pub async fn run(Path(function): Path<String>, client: DurableClient) -> Result<Response> {
    ///     let id = client.start(&function, ()).await?;
    ///     client.check_status_response(&id)
    /// }
    /// ```
    pub fn check_status_response(&self, id: impl ToInstanceId) -> Result<Response> {
        self.check_status(&id.to_instance_id()?)
    }

    /// The management links of an instance for a caller that reached this host at `origin` (scheme and authority),
    /// for functions that hand them on in their own way.
    ///
    /// ```
    /// # use fnhost_sdk::{DurableClient, InstanceId};
    /// # fn show(client: DurableClient, id: InstanceId) {
    /// let status = client.links(&id, "https://jobs.example.org").status_query_get_uri;
    /// # }
    /// ```
    pub fn links(&self, id: &InstanceId, origin: &str) -> ManagementLinks {
        self.api.links(id, origin)
    }

    /// Waits for an instance at most so long. Completed: 200 with its output alone, as JSON. Failed or terminated:
    /// 200 with its status document. Neither in time: as
    /// [`check_status_response`](Self::check_status_response).
    ///
    /// # Errors
    /// When there is no such instance, or this function does not serve HTTP.
    ///
    /// ```
    /// # use fnhost_sdk::{DurableClient, Json, Path, Response, Result};
    /// # use std::time::Duration;
    /// pub async fn run(Path(function): Path<String>, client: DurableClient) -> Result<Response> {
    ///     let id = client.start(&function, ()).await?;
    ///     client.wait_or_check_status(&id, Duration::from_secs(30)).await
    /// }
    /// ```
    pub async fn wait_or_check_status(&self, id: impl ToInstanceId, timeout: Duration) -> Result<Response> {
        let id = id.to_instance_id()?;
        let instance = self.api.wait(id.clone(), timeout).await?;
        self.finished_or_check_status(id, Some(instance)).await
    }

    /// Starts an orchestration and waits for it at most so long; answers as
    /// [`wait_or_check_status`](Self::wait_or_check_status) does, with less work than a start and a wait.
    ///
    /// # Errors
    /// When there is no such orchestrator function, or this function does not serve HTTP.
    ///
    /// ```
    /// # use fnhost_sdk::{DurableClient, Path, Response, Result};
    /// # use std::time::Duration;
    /// pub async fn run(Path(function): Path<String>, client: DurableClient) -> Result<Response> {
    ///     client.start_and_wait_or_check_status(&function, (), Duration::from_secs(30)).await
    /// }
    /// ```
    pub async fn start_and_wait_or_check_status(
        &self,
        function: &str,
        input: impl Serialize,
        timeout: Duration,
    ) -> Result<Response> {
        let (id, finished) = self.start_and_wait(function, input, timeout).await?;
        self.finished_or_check_status(id, finished).await
    }

    async fn finished_or_check_status(
        &self,
        id: InstanceId,
        instance: Option<InstanceStatus>,
    ) -> Result<Response> {
        let Some(instance) = instance else { return self.check_status(&id) };
        match instance.status {
            RuntimeStatus::Completed => Response::json(&instance.output.unwrap_or_default()),
            RuntimeStatus::Failed | RuntimeStatus::Terminated => {
                // Waiting does not read the input, which the document shows.
                let detail = StatusDetail { input: true, history: false };
                let instance =
                    self.api.status(id.clone(), detail).await?.ok_or(ClientError::NotFound { id })?;
                Ok(Response::typed(JSON, StatusDocument::of(&instance).to_json().into()))
            }
            RuntimeStatus::Pending | RuntimeStatus::Running | RuntimeStatus::Suspended => {
                self.check_status(&id)
            }
        }
    }

    fn check_status(&self, id: &InstanceId) -> Result<Response> {
        let origin = self.origin.as_deref().context(
            "a check-status answer can only be made by an HTTP function: its links begin as the caller's URL",
        )?;
        let links = self.api.links(id, origin);
        Response::json(&links)?
            .with_status(StatusCode::ACCEPTED)
            .with_header("location", &links.status_query_get_uri)?
            .with_header("retry-after", RETRY_AFTER_SECONDS)
    }
}
