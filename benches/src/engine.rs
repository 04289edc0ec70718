//! The engine as functions call it: the whole host in this process, without HTTP between.

use std::{sync::Arc, time::Duration};

use anyhow::{Context as _, bail, ensure};
use fnhost::{
    runtime::{Host, HostOptions, Stopped},
    shutdown::Shutdown,
};
use fnhost_protocol::{
    client::{DurableApi, StartRequest},
    ids::InstanceId,
    json::JsonText,
    status::{InstanceStatus, RuntimeStatus},
};
use tokio::task::JoinHandle;

use crate::{app, place::Place};

/// Longer than anything takes.
const PATIENCE: Duration = Duration::from_secs(120);

/// A running host.
pub(crate) struct Engine {
    client: Client,
    shutdown: Shutdown,
    running: JoinHandle<Stopped>,
}

/// What functions and the management API call.
#[derive(Clone)]
pub(crate) struct Client(Arc<dyn DurableApi>);

impl Engine {
    /// Starts it with what ships: a port and a database are all that is said.
    pub(crate) async fn start(place: &Place) -> anyhow::Result<Self> {
        let options = HostOptions {
            port: Some(0),
            database: Some(place.database()?),
            ..HostOptions::new(place.folder())
        };
        let host = Host::start(options, app::registry(), |_| ()).await?;
        ensure!(host.left_out().is_empty(), "functions were left out: {:?}", host.left_out());
        let client = Client(host.durable().clone());
        let shutdown = Shutdown::new();
        let running = tokio::spawn(host.run(shutdown.clone()));
        Ok(Self { client, shutdown, running })
    }

    /// A handle for clients.
    pub(crate) fn client(&self) -> Client {
        self.client.clone()
    }

    /// Ends it as a signal does.
    pub(crate) async fn stop(self) -> anyhow::Result<()> {
        self.shutdown.begin_graceful();
        ensure!(self.running.await?.clean, "the host did not stop cleanly");
        Ok(())
    }
}

impl std::ops::Deref for Client {
    type Target = dyn DurableApi;

    fn deref(&self) -> &Self::Target {
        &*self.0
    }
}

impl Client {
    /// Starts an orchestration.
    pub(crate) async fn begin(&self, orchestrator: &str, input: JsonText) -> anyhow::Result<InstanceId> {
        let request = StartRequest { function: orchestrator.to_owned(), instance: None, input };
        Ok(self.start(request).await?)
    }

    /// Starts an orchestration and waits for its result.
    pub(crate) async fn run(&self, orchestrator: &str, input: JsonText) -> anyhow::Result<JsonText> {
        let request = StartRequest { function: orchestrator.to_owned(), instance: None, input };
        let (id, status) = self.start_and_wait(request, PATIENCE).await?;
        output(status.with_context(|| format!("instance `{id}` is not finished after {PATIENCE:?}"))?)
    }

    /// Waits for the result of one that was started.
    pub(crate) async fn result(&self, id: InstanceId) -> anyhow::Result<JsonText> {
        output(self.wait(id, PATIENCE).await?)
    }
}

fn output(status: InstanceStatus) -> anyhow::Result<JsonText> {
    match (status.status, status.output, status.failure) {
        (RuntimeStatus::Completed, Some(output), _) => Ok(output),
        (other, output, failure) => {
            bail!("instance `{}` is {other}: {output:?} {failure:?}", status.instance)
        }
    }
}
