//! One state of the app at a time: whoever asks gets a whole, immutable generation and keeps it as long as needed.
//!
//! A reload publishes the next generation; calls that run finish with the one they began with.

use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;

use super::function::Functions;
use super::load::Loaded;
use crate::config::host_file::HostConfig;
use crate::config::report::Report;
use crate::config::settings::Settings;

/// The app as it was loaded at one moment.
#[derive(Debug)]
pub struct AppGeneration {
    number: u64,
    config: HostConfig,
    settings: Settings,
    functions: Functions,
    problems: Report,
}

impl AppGeneration {
    fn new(number: u64, loaded: Loaded) -> Self {
        let Loaded { config, settings, functions, problems, .. } = loaded;
        Self { number, config, settings, functions, problems }
    }

    /// 1 at start, one more with each reload.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// The host's configuration.
    pub fn config(&self) -> &HostConfig {
        &self.config
    }

    /// The app's settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The functions that serve.
    pub fn functions(&self) -> &Functions {
        &self.functions
    }

    /// What is wrong with those that do not, and what else there is to say.
    pub fn problems(&self) -> &Report {
        &self.problems
    }
}

/// Where the current generation is kept. Cheap to clone; all clones see the same.
#[derive(Debug, Clone)]
pub struct AppHandle(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    current: ArcSwap<AppGeneration>,
    /// Number of the last generation; held while the next one is published, so that numbers ascend.
    last: Mutex<u64>,
}

impl AppHandle {
    /// Starts with generation 1.
    pub fn new(loaded: Loaded) -> Self {
        let current = ArcSwap::from_pointee(AppGeneration::new(1, loaded));
        Self(Arc::new(Shared { current, last: Mutex::new(1) }))
    }

    /// The generation that serves now.
    pub fn current(&self) -> Arc<AppGeneration> {
        self.0.current.load_full()
    }

    /// Publishes the next generation and returns it.
    pub fn publish(&self, loaded: Loaded) -> Arc<AppGeneration> {
        // A number is whole even if a holder panicked.
        let mut last = self.0.last.lock().unwrap_or_else(PoisonError::into_inner);
        *last += 1;
        let generation = Arc::new(AppGeneration::new(*last, loaded));
        self.0.current.store(Arc::clone(&generation));
        generation
    }
}
