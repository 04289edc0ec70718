//! Figures that are no speed: memory, times of single events, shares.

use std::fmt;

use serde::Serialize;

use super::{median, wanted::Bound};

/// One figure, measured several times.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Gauge {
    pub(crate) what: &'static str,
    /// The database, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) store: Option<&'static str>,
    pub(crate) who: String,
    pub(crate) unit: Unit,
    pub(crate) median: f64,
    pub(crate) lowest: f64,
    pub(crate) highest: f64,
    pub(crate) count: usize,
    /// What is promised of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) wanted: Option<Bound>,
    /// Whether the median keeps it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) kept: Option<bool>,
}

/// What a figure counts.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) enum Unit {
    /// 1,000,000 bytes.
    #[serde(rename = "MB")]
    Megabytes,
    #[serde(rename = "ms")]
    Milliseconds,
    #[serde(rename = "µs")]
    Microseconds,
    /// One figure as a multiple of another.
    #[serde(rename = "×")]
    Ratio,
    /// Of one core.
    #[serde(rename = "% of a core")]
    PercentOfCore,
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Megabytes => "MB",
            Self::Milliseconds => "ms",
            Self::Microseconds => "µs",
            Self::Ratio => "×",
            Self::PercentOfCore => "% of a core",
        })
    }
}

impl Unit {
    /// Digits after the point that mean something.
    pub(super) fn digits(self) -> usize {
        match self {
            Self::Megabytes | Self::Milliseconds | Self::Microseconds => 1,
            Self::Ratio | Self::PercentOfCore => 2,
        }
    }
}

impl Gauge {
    /// Sums up.
    pub(crate) fn new(what: &'static str, who: impl Into<String>, unit: Unit, figures: &[f64]) -> Self {
        let (lowest, highest) = figures
            .iter()
            .fold((f64::INFINITY, 0.0_f64), |(low, high), figure| (low.min(*figure), high.max(*figure)));
        let median = median(figures.iter().copied());
        let (who, count) = (who.into(), figures.len());
        Self { what, store: None, who, unit, median, lowest, highest, count, wanted: None, kept: None }
    }

    /// The same, of a database.
    pub(crate) fn on(self, store: &'static str) -> Self {
        Self { store: Some(store), ..self }
    }

    /// The same, with what is promised.
    pub(crate) fn wanted(self, wanted: Bound) -> Self {
        Self { kept: Some(wanted.is_kept_by(self.median)), wanted: Some(wanted), ..self }
    }
}
