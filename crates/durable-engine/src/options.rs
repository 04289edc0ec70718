//! What an operator can set about the engine.

use std::{sync::Arc, time::Duration};

use durable_core::limits::Limits;

use crate::clock::{SystemUptime, Uptime};

/// Settings of one engine.
#[derive(Debug, Clone)]
pub struct Options {
    /// Orchestrator turns and entity batches that run at once.
    pub max_turns: usize,
    /// Activities that run at once on this host.
    pub max_tasks: usize,
    /// Of `max_tasks`, the share kept for activities that wait in the store, oldest first: direct hand-over cannot
    /// starve them.
    pub claim_share: usize,
    /// Bytes of idle instance state kept in memory.
    pub idle_bytes: usize,
    /// Instances with work that are held in memory; what exceeds it waits in the store.
    pub max_slots: usize,
    /// Instances that are read from the store at once.
    pub max_loads: usize,
    /// Whether a start replaces a live instance of the same id.
    pub replace_live: bool,
    /// How long finished orchestrations are kept.
    pub retention: Retention,
    /// How often in a row a host must die while it runs a piece of work alone, before that work fails.
    pub max_host_deaths: u32,
    /// Bounds on what one instance may ask for.
    pub limits: Limits,
    /// Rows and bytes of one batch.
    pub batch: BatchLimits,
    /// What this host's lease is measured by, where hosts share the store.
    pub uptime: Arc<dyn Uptime>,
    /// For tests: fixes the pauses that otherwise differ by chance.
    pub jitter_seed: Option<u64>,
    /// For tests: forget instances at random before turns, by this seed.
    pub evict_seed: Option<u64>,
}

/// How long finished orchestrations are kept, since they finished; `None`: for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Retention {
    /// Those that completed.
    pub completed: Option<Duration>,
    /// Those that failed.
    pub failed: Option<Duration>,
    /// Those that were terminated.
    pub terminated: Option<Duration>,
}

/// When a batch is full.
#[derive(Debug, Clone, Copy)]
pub struct BatchLimits {
    /// Items.
    pub items: usize,
    /// Payload bytes, roughly.
    pub bytes: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            max_turns: 256,
            max_tasks: 256,
            claim_share: 16,
            idle_bytes: 64 * 1024 * 1024,
            max_slots: 50_000,
            max_loads: 64,
            replace_live: false,
            retention: Retention::default(),
            max_host_deaths: 3,
            limits: Limits::default(),
            batch: BatchLimits { items: 512, bytes: 16 * 1024 * 1024 },
            uptime: Arc::new(SystemUptime),
            jitter_seed: None,
            evict_seed: None,
        }
    }
}
