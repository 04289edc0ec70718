//! Where log lines go: to stderr, for people or as JSON lines.

use std::io::IsTerminal;

use tracing_subscriber::{Layer, layer::SubscriberExt, util::SubscriberInitExt};

use super::{filter::CategoryFilter, human::HumanFields};
use crate::config::LogLevels;

/// For whom lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// People.
    Human,
    /// Programs: one JSON object per line.
    Json,
}

/// How to log.
#[derive(Debug, Clone)]
pub struct LogOptions {
    /// For whom.
    pub format: LogFormat,
    /// What passes.
    pub levels: LogLevels,
}

/// Sets the log up for the whole process. The first call wins: a test that starts several hosts in one process has
/// one log.
pub fn init(options: LogOptions) {
    let filter = CategoryFilter::new(options.levels);
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let layer = match options.format {
        LogFormat::Json => lines.json().flatten_event(true).with_filter(filter).boxed(),
        LogFormat::Human => lines
            .with_ansi(colour_wanted())
            .with_target(false)
            .fmt_fields(HumanFields)
            .with_filter(filter)
            .boxed(),
    };
    if tracing_subscriber::registry().with(layer).try_init().is_err() {
        tracing::debug!("the log was set up before; its settings stay");
    }
}

/// Colour on terminals only, and never against <https://no-color.org>.
fn colour_wanted() -> bool {
    std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}
