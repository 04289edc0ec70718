//! What can be typed.

use std::{path::PathBuf, time::Duration};

use clap::{Parser, ValueEnum};

use crate::{place::Kind, window::Plan};

/// Benchmarks of fnhost, each beside a floor measured in the same run.
///
/// Prints a table and writes the same figures as JSON; what they mean is in docs/performance.md.
#[derive(Debug, Parser)]
pub(crate) struct Args {
    /// What to measure; everything when nothing is named
    #[arg(value_enum, value_name = "ROW")]
    rows: Vec<Row>,
    /// Databases to measure with; all when none is named
    #[arg(long = "store", value_enum, value_name = "STORE")]
    stores: Vec<Kind>,
    /// Length of one measurement
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    seconds: Duration,
    /// Measurements per point; the median is reported
    #[arg(long, value_name = "COUNT", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..))]
    repeat: u16,
    /// To see that everything runs: half a second, once, and a hundredth of every crowd. The figures mean nothing
    #[arg(long, conflicts_with_all = ["seconds", "repeat"])]
    quick: bool,
    /// Where the figures are written as JSON
    #[arg(long, value_name = "FILE", default_value = "target/benchmarks.json")]
    pub(crate) json: PathBuf,
    /// Where databases are put while measuring; default: beside this executable. A RAM disk would flatter
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
}

/// One group of measurements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Row {
    /// A hello over HTTP, against a bare hyper server
    Http,
    /// Three activities one after the other, also over HTTP
    Sequence,
    /// Five activities one after the other: HelloCities5
    Cities,
    /// 1,000 activities of one instance at once
    FanOut,
    /// From an event raised to the answer of the instance that waits for it
    Signal,
    /// Signals to one entity, and spread over 1,000
    Entities,
    /// Sequences, and nothing at all, among 1,000,000 finished and 100,000 waiting instances
    Crowd,
    /// 100,000 timers due within a minute
    Timers,
    /// 10,000 functions with a timer due in the same second
    Schedules,
    /// The sequence on 1, 2 and 3 hosts that share a database; only where they can
    Hosts,
    /// Memory of an idle host, and how long it takes to be ready
    Idle,
}

impl Args {
    /// Whether a row is to be measured.
    pub(crate) fn wants(&self, row: Row) -> bool {
        self.rows.is_empty() || self.rows.contains(&row)
    }

    /// The databases to measure with.
    pub(crate) fn stores(&self) -> impl Iterator<Item = Kind> {
        Kind::ALL.into_iter().filter(|kind| self.stores.is_empty() || self.stores.contains(kind))
    }

    /// Length of one measurement.
    pub(crate) fn seconds(&self) -> Duration {
        if self.quick { Duration::from_millis(500) } else { self.seconds }
    }

    /// Measurements per point.
    pub(crate) fn repeat(&self) -> u16 {
        if self.quick { 1 } else { self.repeat }
    }

    /// How many of many.
    pub(crate) fn crowd(&self, whole: u64) -> u64 {
        if self.quick { whole.div_ceil(100) } else { whole }
    }

    /// A measurement of this process.
    pub(crate) fn plan(&self) -> Plan {
        let seconds = self.seconds();
        let warm_up = (seconds / 5).min(Duration::from_secs(1));
        Plan { warm_up, seconds, pid: std::process::id(), database: None }
    }

    /// A folder for one measurement, removed when dropped.
    pub(crate) fn scratch(&self) -> anyhow::Result<tempfile::TempDir> {
        let executable = std::env::current_exe()?;
        let beside = executable.parent().unwrap_or(&executable);
        Ok(tempfile::Builder::new().prefix("bench-").tempdir_in(self.folder.as_deref().unwrap_or(beside))?)
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| format!("`{text}` is no number of seconds"))?;
    Duration::try_from_secs_f64(seconds)
        .ok()
        .filter(|length| !length.is_zero())
        .ok_or_else(|| format!("`{text}` is no length of time; allowed are numbers above 0"))
}
