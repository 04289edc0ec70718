//! [`DurableClient`]: starting, watching and steering orchestrations.

use std::{fmt, sync::Arc, time::Duration};

use fnhost_protocol::{
    client::{ClientError, DurableApi, Reach, StartRequest, StatusDetail},
    ids::InstanceId,
    json::JsonText,
    status::{InstanceQuery, InstanceStatus, Page},
};
use serde::Serialize;

use crate::{
    call::Call,
    error::{Context as _, Result},
    ids::ToInstanceId,
};

/// Starts, watches and steers orchestrations, and signals and reads entities. Any function takes it as a parameter
/// but orchestrations and entities, which have their context.
///
/// What it has done is committed when it returns. Its errors tell cases apart, and become the function's own with
/// `?`.
///
/// ```
/// # use fnhost_sdk::{DurableClient, InstanceId, Result};
/// pub async fn run(client: DurableClient) -> Result<String> {
///     let id = client.start("RegistryOrchestration", "List opened").await?;
///     Ok(id.to_string())
/// }
/// ```
#[derive(Clone)]
pub struct DurableClient {
    pub(super) api: Arc<dyn DurableApi>,
    /// By which address the caller reached us, when this call serves HTTP: links are built from it.
    pub(super) origin: Option<Arc<str>>,
}

impl DurableClient {
    pub(crate) fn of_call(call: &Call) -> Result<Self> {
        let api = call.services().durable().context("this host runs without a durable engine")?;
        Ok(Self { api: api.clone(), origin: call.http().map(|request| request.origin.clone()) })
    }

    /// Starts an orchestration; returns its generated id.
    ///
    /// # Errors
    /// When there is no such orchestrator function.
    ///
    /// ```
    /// # use fnhost_sdk::{DurableClient, Result};
    /// # async fn show(client: DurableClient) -> Result<()> {
    /// let id = client.start("BackupSiteContent", "/var/log").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn start(&self, function: &str, input: impl Serialize) -> Result<InstanceId, ClientError> {
        let request =
            StartRequest { function: function.to_owned(), instance: None, input: json("input", &input)? };
        self.api.start(request).await
    }

    /// Starts an orchestration under this id.
    ///
    /// # Errors
    /// When there is no such orchestrator function, or an unfinished instance has the id.
    ///
    /// ```
    /// # use fnhost_sdk::{DurableClient, Result};
    /// # async fn show(client: DurableClient) -> Result<()> {
    /// client.start_with_id("NightlyReport", "nightly", ()).await?; // never two at once
    /// # Ok(())
    /// # }
    /// ```
    pub async fn start_with_id(
        &self,
        function: &str,
        id: impl ToInstanceId,
        input: impl Serialize,
    ) -> Result<InstanceId, ClientError> {
        let instance = Some(id.to_instance_id()?);
        let request = StartRequest { function: function.to_owned(), instance, input: json("input", &input)? };
        self.api.start(request).await
    }

    /// Starts an orchestration and waits until it is finished, at most so long. Returns its generated id, and where it
    /// stands, without its input, if it has finished.
    ///
    /// # Errors
    /// When there is no such orchestrator function.
    ///
    /// ```
    /// # use fnhost_sdk::{DurableClient, Result};
    /// # use std::time::Duration;
    /// # async fn show(client: DurableClient) -> Result<()> {
    /// let (id, finished) = client.start_and_wait("Price", "tea", Duration::from_secs(10)).await?;
    /// let price = finished.and_then(|instance| instance.output);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn start_and_wait(
        &self,
        function: &str,
        input: impl Serialize,
        timeout: Duration,
    ) -> Result<(InstanceId, Option<InstanceStatus>), ClientError> {
        let request =
            StartRequest { function: function.to_owned(), instance: None, input: json("input", &input)? };
        self.api.start_and_wait(request, timeout).await
    }

    /// Where an instance stands, with its input; `None` when there is none of this id.
    ///
    /// # Errors
    /// When the engine cannot answer.
    ///
    /// ```
    /// # use fnhost_sdk::{DurableClient, Result, RuntimeStatus};
    /// # async fn show(client: DurableClient, id: String) -> Result<()> {
    /// let is_open = client.status(&id).await?.is_some_and(|instance| instance.status == RuntimeStatus::Running);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn status(&self, id: impl ToInstanceId) -> Result<Option<InstanceStatus>, ClientError> {
        // A text that can be no id names nothing.
        let Ok(id) = id.to_instance_id() else { return Ok(None) };
        self.api.status(id, StatusDetail { input: true, history: false }).await
    }

    /// Waits until an instance is finished, at most so long, and returns where it stands, finished or not, without its
    /// input.
    ///
    /// # Errors
    /// When there is no such instance.
    ///
    /// ```
    /// # use fnhost_sdk::{DurableClient, Result};
    /// # use std::time::Duration;
    /// # async fn show(client: DurableClient, id: String) -> Result<()> {
    /// let instance = client.wait(&id, Duration::from_secs(30)).await?;
    /// let done = instance.status.is_terminal();
    /// # Ok(())
    /// # }
    /// ```
    pub async fn wait(
        &self,
        id: impl ToInstanceId,
        timeout: Duration,
    ) -> Result<InstanceStatus, ClientError> {
        self.api.wait(id.to_instance_id()?, timeout).await
    }

    /// Sends an event to an instance, which gets it with
    /// [`wait_for_event`](crate::OrchestrationContext::wait_for_event), now or when it asks for it.
    ///
    /// # Errors
    /// When there is no such instance, or it is finished.
    ///
    /// ```
    /// # use fnhost_sdk::{ClientError, DurableClient, Result};
    /// # async fn show(client: DurableClient, id: String) -> Result<()> {
    /// match client.raise_event(&id, "Close", true).await {
    ///     Err(ClientError::Finished { status, .. }) => println!("too late: it is {status}"),
    ///     raised => raised?,
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn raise_event(
        &self,
        id: impl ToInstanceId,
        name: &str,
        payload: impl Serialize,
    ) -> Result<(), ClientError> {
        self.api.raise_event(id.to_instance_id()?, name.to_owned(), json("payload", &payload)?).await
    }

    /// Ends an instance now; the reason becomes its output. Its running activities are stopped; its sub-orchestrations go
    /// on, see [`terminate_recursive`](Self::terminate_recursive).
    ///
    /// # Errors
    /// When there is no such instance, or it is finished.
    ///
    /// ```
    /// # use fnhost_sdk::{DurableClient, Result};
    /// # async fn show(client: DurableClient, id: String) -> Result<()> {
    /// client.terminate(&id, "Timeout occurred").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn terminate(
        &self,
        id: impl ToInstanceId,
        reason: impl Into<String>,
    ) -> Result<(), ClientError> {
        self.api.terminate(id.to_instance_id()?, reason.into(), Reach::Instance).await
    }

    /// Ends an instance now, and all sub-orchestrations that wait below it: those that it waits for, those that they wait
    /// for, and so on. What runs down there ends a moment after the call returns; a host that dies in between loses
    /// nothing of it.
    ///
    /// # Errors
    /// As for [`terminate`](Self::terminate).
    ///
    /// ```
    /// # use fnhost_sdk::{DurableClient, Result};
    /// # async fn show(client: DurableClient, id: String) -> Result<()> {
    /// client.terminate_recursive(&id, "the order was withdrawn").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn terminate_recursive(
        &self,
        id: impl ToInstanceId,
        reason: impl Into<String>,
    ) -> Result<(), ClientError> {
        self.api.terminate(id.to_instance_id()?, reason.into(), Reach::Tree).await
    }

    /// Pauses an instance: what arrives is kept, its code does not run.
    ///
    /// # Errors
    /// When there is no such instance, or it is finished.
    ///
    /// ```
    /// # use fnhost_sdk::{DurableClient, Result};
    /// # async fn show(client: DurableClient, id: String) -> Result<()> {
    /// client.suspend(&id, "the bank is closed").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn suspend(&self, id: impl ToInstanceId, reason: impl Into<String>) -> Result<(), ClientError> {
        self.api.suspend(id.to_instance_id()?, reason.into()).await
    }

    /// Lets a paused instance go on.
    ///
    /// # Errors
    /// When there is no such instance, or it is finished.
    ///
    /// ```
    /// # use fnhost_sdk::{DurableClient, Result};
    /// # async fn show(client: DurableClient, id: String) -> Result<()> {
    /// client.resume(&id, "the bank is open").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn resume(&self, id: impl ToInstanceId, reason: impl Into<String>) -> Result<(), ClientError> {
        self.api.resume(id.to_instance_id()?, reason.into()).await
    }

    /// One page of the instances that fit; give its `continuation` back to get the next.
    ///
    /// # Errors
    /// When the engine cannot answer.
    ///
    /// ```
    /// # use fnhost_sdk::{DurableClient, InstanceQuery, Result, RuntimeStatus};
    /// # async fn show(client: DurableClient) -> Result<()> {
    /// let query = InstanceQuery { statuses: vec![RuntimeStatus::Failed], ..InstanceQuery::default() };
    /// let failed = client.query(query).await?.items.len();
    /// # Ok(())
    /// # }
    /// ```
    pub async fn query(&self, query: InstanceQuery) -> Result<Page<InstanceStatus>, ClientError> {
        self.api.query(query).await
    }
}

/// Serialises what a call sends.
pub(super) fn json(what: &str, value: &impl Serialize) -> Result<JsonText, ClientError> {
    JsonText::of(value).map_err(|error| ClientError::InvalidArgument {
        message: format!("the {what} cannot be written as JSON: {error}"),
    })
}

impl fmt::Debug for DurableClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DurableClient").field("origin", &self.origin).finish_non_exhaustive()
    }
}
