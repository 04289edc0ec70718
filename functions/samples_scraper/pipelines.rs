//! What every run downloads. A team that wants its own data in adds its orchestration here: it gets the id of the run.

/// Orchestrations that a run starts, all at once.
pub const PIPELINES: [&str; 2] = ["DownloadSamples_Orchestrator", "DownloadSomethingElse_Orchestration"];
