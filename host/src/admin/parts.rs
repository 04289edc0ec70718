//! What the management API needs of the rest of the host, as small as it can be.

use std::sync::Arc;
use std::time::{Duration, Instant};

use durable_core::store::{Occurrences, StoreError};
use fnhost_protocol::client::DurableApi;
use fnhost_protocol::failure::Failure;
use fnhost_protocol::json::JsonText;
use fnhost_protocol::time::Timestamp;
use futures_util::future::BoxFuture;

use super::blobs::BlobListener;
use crate::app::function::{Function, Functions};
use crate::keys::KeyRing;
use crate::triggers::timer::TimerState;

/// Everything that an [`AdminApi`](super::AdminApi) is made of.
pub struct AdminParts {
    /// Who may call.
    pub keys: KeyRing,
    /// The durable engine.
    pub durable: Arc<dyn DurableApi>,
    /// How the durable endpoints are set up.
    pub durable_options: DurableOptions,
    /// The functions that serve.
    pub functions: Arc<dyn FunctionList>,
    /// Runs a function by hand.
    pub runner: Arc<dyn ManualRun>,
    /// The timers.
    pub timers: Arc<dyn TimerList>,
    /// What timers and blobs are to be run for.
    pub occurrences: Arc<dyn Occurrences>,
    /// What runs for blobs.
    pub blobs: Arc<dyn BlobListener>,
    /// How the host is.
    pub health: Arc<dyn HostHealth>,
    /// The clock, when it is one that can be turned.
    pub clock: Option<Arc<dyn ClockControl>>,
    /// What does not change while the host runs.
    pub host: HostInfo,
}

/// How the durable endpoints are set up.
#[derive(Debug, Clone)]
pub struct DurableOptions {
    /// The task hub. A request that names another one in `?taskHub=` is not for this host.
    pub hub: String,
    /// Whether links begin with what a proxy says in `X-Forwarded-Host` and `-Proto`
    /// (`httpSettings.useForwardedHost`).
    pub use_forwarded_host: bool,
    /// Bytes of a request's body (`maxPayloadSize`).
    pub payload_bytes: usize,
}

/// What does not change while the host runs.
#[derive(Debug, Clone)]
pub struct HostInfo {
    /// The same for all hosts of an app.
    pub id: String,
    /// Other for each process.
    pub instance_id: String,
    /// The machine's name.
    pub computer_name: String,
    /// When the process began.
    pub started: Instant,
}

/// The functions of the app, as they are now.
pub trait FunctionList: Send + Sync + 'static {
    /// The functions that serve, and those that are switched off.
    fn functions(&self) -> Functions;

    /// What is wrong with one function, or with anything of the app. A function that is left out because of its errors
    /// has errors here and is not among [`functions`](Self::functions).
    fn errors(&self, function: Option<&str>) -> Vec<String>;
}

/// The timers of the app, as they stand.
pub trait TimerList: Send + Sync + 'static {
    /// Those that are switched on, by name, or the one of this name, compared without case.
    ///
    /// # Errors
    /// When what is on record of them cannot be read.
    fn timers(&self, only: Option<String>) -> BoxFuture<'static, Result<Vec<TimerState>, StoreError>>;
}

/// Runs functions that were asked for by hand.
pub trait ManualRun: Send + Sync + 'static {
    /// Starts one run of a timer, blob, activity or manual function and returns at once. The run goes on in a task of
    /// its own: whoever asked does not wait for it, and may be gone before it ends.
    ///
    /// # Errors
    /// When the function cannot be run now, with the reason for the caller.
    fn run(&self, function: Arc<Function>, input: JsonText) -> Result<(), NotRun>;

    /// Runs a function of any kind and returns its result: an orchestration's output, an HTTP function's body. A caller
    /// that goes away ends its waiting, not an orchestration.
    ///
    /// # Errors
    /// When the function cannot be run, or failed.
    fn run_and_wait(
        &self,
        function: Arc<Function>,
        input: JsonText,
    ) -> BoxFuture<'static, Result<JsonText, Failure>>;
}

/// Why a function was not run by hand.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct NotRun {
    /// For the caller.
    pub reason: String,
}

/// How the host is. Called for every health check, so it must be cheap and never wait.
pub trait HostHealth: Send + Sync + 'static {
    /// Where the host stands.
    fn state(&self) -> HostState;

    /// Everything that keeps the host from serving well; empty when it is ready. Everybody may read it: no secrets.
    fn not_ready(&self) -> Vec<NotReady>;

    /// What goes wrong for single instances while the host serves the others: texts for an operator.
    fn troubles(&self) -> Vec<String>;
}

/// A part of the host that is not ready.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct NotReady {
    /// Which part.
    pub name: String,
    /// Why.
    pub reason: String,
}

/// Where the host stands, in the words of the original.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub enum HostState {
    /// Not everything runs yet.
    Starting,
    /// It serves.
    Running,
    /// It runs, but something that it needs does not.
    Error,
    /// It takes nothing new and finishes what it has.
    Stopping,
}

/// A clock that stands still until somebody turns it.
pub trait ClockControl: Send + Sync + 'static {
    /// Turns the clock forward and completes when everything that became due is done. Calls are served one after
    /// another.
    fn advance(&self, by: Duration) -> BoxFuture<'static, ()>;

    /// What it shows.
    fn now(&self) -> Timestamp;
}
