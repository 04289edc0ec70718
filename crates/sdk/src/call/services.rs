//! What the host lends to user code.

use std::{fmt, sync::Arc};

use fnhost_protocol::{blob::BlobApi, client::DurableApi};
use tokio_util::sync::CancellationToken;

use crate::{orchestration::RetryDefaults, settings::Settings};

/// What the host lends to every function: settings, the durable engine, blob stores, and the news that it stops.
///
/// ```
/// # use fnhost_sdk::{Settings, host::Services};
/// let services = Services::new(Settings::from_iter([("Colour", "red")]));
/// assert_eq!(&*services.settings().get("Colour").unwrap(), "red");
/// ```
#[derive(Clone)]
pub struct Services {
    settings: Settings,
    durable: Option<Arc<dyn DurableApi>>,
    blobs: Option<Arc<dyn BlobApi>>,
    shutdown: CancellationToken,
    retry_defaults: RetryDefaults,
}

impl Services {
    /// Services with these settings, without a durable engine.
    ///
    /// ```
    /// # use fnhost_sdk::{Settings, host::Services};
    /// let services = Services::new(Settings::default());
    /// ```
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            durable: None,
            blobs: None,
            shutdown: CancellationToken::new(),
            retry_defaults: RetryDefaults::default(),
        }
    }

    /// The same services with a durable engine.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use fnhost_protocol::client::DurableApi;
    /// # use fnhost_sdk::{Settings, host::Services};
    /// fn services(engine: Arc<dyn DurableApi>) -> Services {
    ///     Services::new(Settings::default()).with_durable(engine)
    /// }
    /// ```
    #[must_use]
    pub fn with_durable(mut self, durable: Arc<dyn DurableApi>) -> Self {
        self.durable = Some(durable);
        self
    }

    /// The same services with blob stores.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use fnhost_protocol::blob::BlobApi;
    /// # use fnhost_sdk::{Settings, host::Services};
    /// fn services(stores: Arc<dyn BlobApi>) -> Services {
    ///     Services::new(Settings::default()).with_blobs(stores)
    /// }
    /// ```
    #[must_use]
    pub fn with_blobs(mut self, blobs: Arc<dyn BlobApi>) -> Self {
        self.blobs = Some(blobs);
        self
    }

    /// The same services; when this token is cancelled, every running call is told.
    ///
    /// ```
    /// # use fnhost_sdk::{Settings, host::Services};
    /// let stop = tokio_util::sync::CancellationToken::new();
    /// let services = Services::new(Settings::default()).with_shutdown(stop.clone());
    /// ```
    #[must_use]
    pub fn with_shutdown(mut self, shutdown: CancellationToken) -> Self {
        self.shutdown = shutdown;
        self
    }

    /// The same services; calls of these functions have these retry policies when their code names none.
    ///
    /// ```
    /// # use fnhost_sdk::{Settings, host::{RetryDefaults, Services}};
    /// let services = Services::new(Settings::default()).with_retry_defaults(RetryDefaults::default());
    /// ```
    #[must_use]
    pub fn with_retry_defaults(mut self, retry_defaults: RetryDefaults) -> Self {
        self.retry_defaults = retry_defaults;
        self
    }

    /// The settings.
    ///
    /// ```
    /// # use fnhost_sdk::{Settings, host::Services};
    /// assert!(Services::new(Settings::default()).settings().find("Colour").is_none());
    /// ```
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    pub(crate) fn retry_defaults(&self) -> &RetryDefaults {
        &self.retry_defaults
    }

    pub(crate) fn durable(&self) -> Option<&Arc<dyn DurableApi>> {
        self.durable.as_ref()
    }

    pub(crate) fn blobs(&self) -> Option<&Arc<dyn BlobApi>> {
        self.blobs.as_ref()
    }

    /// A token for one call: cancelled with the host's, or alone.
    pub(crate) fn call_token(&self) -> CancellationToken {
        self.shutdown.child_token()
    }
}

impl fmt::Debug for Services {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Services")
            .field("settings", &self.settings)
            .field("durable", &self.durable.is_some())
            .field("blobs", &self.blobs.is_some())
            .finish_non_exhaustive()
    }
}
