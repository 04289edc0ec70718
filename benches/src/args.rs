//! What can be typed.

use std::{path::PathBuf, time::Duration};

use clap::{Parser, ValueEnum};

/// Benchmarks of fnhost, each beside a floor measured in the same run.
#[derive(Debug, Parser)]
pub(crate) struct Args {
    /// What to measure
    #[arg(value_enum, default_value = "all")]
    pub(crate) what: What,
    /// Length of one measurement
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    pub(crate) seconds: Duration,
    /// Measurements per point; the median is reported
    #[arg(long, value_name = "COUNT", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) repeat: u16,
    /// Where the figures are written as JSON
    #[arg(long, value_name = "FILE", default_value = "target/benchmarks.json")]
    pub(crate) json: PathBuf,
    /// Where databases are put while measuring; default: beside this executable. A RAM disk would flatter
    #[arg(long, value_name = "DIR")]
    pub(crate) folder: Option<PathBuf>,
}

/// A group of measurements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum What {
    /// A hello over HTTP, against a bare hyper server
    Http,
    /// A sequence of three activities, against its SQL without the engine
    Sequence,
    /// Memory of an idle host, and how long it takes to be ready
    Idle,
    /// Everything
    All,
}

impl Args {
    /// A folder for one measurement, removed when dropped.
    pub(crate) fn scratch(&self) -> anyhow::Result<tempfile::TempDir> {
        let executable = std::env::current_exe()?;
        let beside = executable.parent().unwrap_or(&executable);
        Ok(tempfile::Builder::new().prefix("bench-").tempdir_in(self.folder.as_deref().unwrap_or(beside))?)
    }

    /// How long a server works before it is measured.
    pub(crate) fn warm_up(&self) -> Duration {
        (self.seconds / 5).min(Duration::from_secs(1))
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| format!("`{text}` is no number of seconds"))?;
    Duration::try_from_secs_f64(seconds)
        .ok()
        .filter(|length| !length.is_zero())
        .ok_or_else(|| format!("`{text}` is no length of time; allowed are numbers above 0"))
}
