//! The stage of one behaviour: a store on fresh data with a registered host, and what can happen to it.

use std::{ops::Deref, sync::Arc};

use durable_core::{model::HostLease, store::Store};

use crate::{harness::Harness, host::Host};

/// A harness and the host that is the subject of the behaviour; stands for that host.
pub(crate) struct Scene {
    harness: Box<dyn Harness>,
    host: Host,
}

impl Scene {
    /// Opens the harness's store and registers.
    pub(crate) async fn set(mut harness: Box<dyn Harness>) -> Self {
        let host = Host::register(harness.open().await).await;
        Self { harness, host }
    }

    /// Kills the host's process and starts it again on the same data.
    pub(crate) async fn crash(self) -> Self {
        let Self { mut harness, host } = self;
        let dead = host.lease;
        drop(host);
        let host = Host::register(harness.reopen(dead).await).await;
        Self { harness, host }
    }

    /// Stops the host as it should be and starts it again on the same data.
    pub(crate) async fn restart(self) -> Self {
        self.host.deregister().await;
        self.host.close().await;
        self.crash().await
    }

    /// The host of another task hub in the same database.
    pub(crate) async fn other_hub(&mut self, hub: &str) -> Host {
        Host::register(self.harness.open_hub(hub).await).await
    }

    /// One more host on the same task hub.
    pub(crate) async fn other_host(&mut self) -> Host {
        Host::register(self.harness.join().await).await
    }

    /// Lets the lease of a host run out, and `heir` takes over.
    pub(crate) async fn dies(&mut self, dead: HostLease, heir: &Host) {
        self.harness.expire(dead).await;
        assert_eq!(heir.take_over().await, 1, "dead hosts");
    }

    /// Makes every row say that it is stored in this format; see [`Harness::write_format`].
    pub(crate) async fn write_format(&mut self, format: u8) -> bool {
        self.harness.write_format(format).await
    }

    /// The store itself, for calls that run side by side.
    pub(crate) fn store(&self) -> Arc<dyn Store> {
        Arc::clone(&self.host.store)
    }
}

impl Deref for Scene {
    type Target = Host;

    fn deref(&self) -> &Host {
        &self.host
    }
}
