//! Figures that are no speed: memory, times of single events.

use std::fmt;

use serde::Serialize;

use super::median;

/// One figure, measured several times.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Gauge {
    pub(crate) what: &'static str,
    pub(crate) who: &'static str,
    pub(crate) unit: Unit,
    pub(crate) median: f64,
    pub(crate) lowest: f64,
    pub(crate) highest: f64,
    pub(crate) count: usize,
    /// What is promised of it.
    pub(crate) wanted: Option<&'static str>,
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
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Megabytes => "MB",
            Self::Milliseconds => "ms",
            Self::Microseconds => "µs",
        })
    }
}

impl Gauge {
    /// Sums up.
    pub(crate) fn new(what: &'static str, who: &'static str, unit: Unit, figures: &[f64]) -> Self {
        let (lowest, highest) = figures
            .iter()
            .fold((f64::INFINITY, 0.0_f64), |(low, high), figure| (low.min(*figure), high.max(*figure)));
        let median = median(figures.iter().copied());
        Self { what, who, unit, median, lowest, highest, count: figures.len(), wanted: None }
    }

    /// The same, with what is promised.
    pub(crate) fn wanted(self, wanted: &'static str) -> Self {
        Self { wanted: Some(wanted), ..self }
    }
}
