//! What is promised of figures.

use std::fmt;

use serde::Serialize;

use crate::run::Run;

/// What is promised of runs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Wanted {
    /// At least so many per second.
    PerSecond(f64),
    /// Half of the latencies are shorter than so many microseconds.
    P50Micros(f64),
    /// Of a hundred latencies 99 are shorter than so many microseconds.
    P99Micros(f64),
}

impl Wanted {
    /// Whether a run keeps it.
    pub(super) fn is_kept_by(self, run: &Run) -> bool {
        match self {
            Self::PerSecond(wanted) => run.per_second >= wanted,
            Self::P50Micros(wanted) => run.p50_micros < wanted,
            Self::P99Micros(wanted) => run.p99_micros < wanted,
        }
    }
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PerSecond(wanted) => write!(f, "≥ {wanted}/s"),
            Self::P50Micros(wanted) => write!(f, "p50 < {wanted} µs"),
            Self::P99Micros(wanted) => write!(f, "p99 < {wanted} µs"),
        }
    }
}

/// What is promised of single figures, in their unit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Bound {
    AtLeast(f64),
    Below(f64),
}

impl Bound {
    /// Whether a figure keeps it.
    pub(super) fn is_kept_by(self, figure: f64) -> bool {
        match self {
            Self::AtLeast(bound) => figure >= bound,
            Self::Below(bound) => figure < bound,
        }
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtLeast(bound) => write!(f, "≥ {bound}"),
            Self::Below(bound) => write!(f, "< {bound}"),
        }
    }
}
