//! What an engine consists of besides the machine: shared by its driver, its committer and its loops.

use std::sync::Arc;

use durable_core::{clock::Clock, store::Store};
use tokio::runtime::Handle;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    clock::Uptime,
    executor::Executor,
    lease::{Jitter, Terms},
    news::Announcer,
    options::BatchLimits,
    trouble::Troubles,
};

pub(crate) struct Parts {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) executor: Arc<dyn Executor>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) uptime: Arc<dyn Uptime>,
    pub(crate) batch: BatchLimits,
    /// The engine's own runtime: what must not wait for user code runs here.
    pub(crate) runtime: Handle,
    /// How long leases last; `None` when nobody shares the store.
    pub(crate) terms: Option<Terms>,
    pub(crate) jitter: Jitter,
    pub(crate) announcer: Announcer,
    pub(crate) troubles: Troubles,
    /// Everything short that was spawned; the engine waits for it when it stops.
    pub(crate) spawned: TaskTracker,
    /// Committers; the engine waits until they have written everything.
    pub(crate) writers: TaskTracker,
    /// Ends all patience when the time to stop is over.
    pub(crate) abort: CancellationToken,
}
