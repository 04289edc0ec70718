//! The whole of it, and the keys that stand at the top level.

use std::time::Duration;

use super::blobs::BlobsConfig;
use super::cors::Cors;
use super::durable::DurableConfig;
use super::http::HttpConfig;
use super::timers::TimersConfig;
use crate::config::loglevel::LogLevels;
use crate::config::origin::Origin;

/// A name from the configuration and where it stands, for those who find out that there is no such thing.
#[derive(Debug, Clone)]
pub struct NamedAt {
    /// The name as written.
    pub name: String,
    /// Its place.
    pub at: Origin,
}

/// Everything that the host file, its overrides and `[host]` of the local settings say.
#[derive(Debug, Clone)]
pub struct HostConfig {
    pub(super) function_timeout: Option<Duration>,
    pub(super) functions: Option<Vec<NamedAt>>,
    pub(super) http: HttpConfig,
    pub(super) blobs: BlobsConfig,
    pub(super) timers: TimersConfig,
    pub(super) durable: DurableConfig,
    pub(super) log_levels: LogLevels,
    pub(super) port: u16,
    pub(super) cors: Cors,
}

impl HostConfig {
    /// How long an invocation may take; `None` is for ever.
    pub fn function_timeout(&self) -> Option<Duration> {
        self.function_timeout
    }

    /// The only functions that run; `None` is all.
    pub fn functions(&self) -> Option<&[NamedAt]> {
        self.functions.as_deref()
    }

    /// `[extensions.http]`.
    pub fn http(&self) -> &HttpConfig {
        &self.http
    }

    /// `[extensions.blobs]`.
    pub fn blobs(&self) -> &BlobsConfig {
        &self.blobs
    }

    /// `[extensions.timers]`.
    pub fn timers(&self) -> &TimersConfig {
        &self.timers
    }

    /// `[extensions.durableTask]`.
    pub fn durable(&self) -> &DurableConfig {
        &self.durable
    }

    /// `[logging.logLevel]`.
    pub fn log_levels(&self) -> &LogLevels {
        &self.log_levels
    }

    /// The port to listen on; 0 is any free one.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Web pages that may call the functions.
    pub fn cors(&self) -> &Cors {
        &self.cors
    }
}
