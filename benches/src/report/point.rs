//! Speeds: what was measured, and its floor, run by run.

use serde::Serialize;

use super::median;
use crate::window::Run;

/// One thing measured several times.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Series {
    pub(crate) who: &'static str,
    pub(crate) runs: Vec<Run>,
}

impl Series {
    /// Nothing measured yet.
    pub(crate) fn new(who: &'static str) -> Self {
        Self { who, runs: Vec::new() }
    }

    /// Adds a run.
    pub(crate) fn push(&mut self, run: Run) {
        self.runs.push(run);
    }

    /// The median of each figure.
    pub(crate) fn median(&self) -> Run {
        let of = |figure: fn(&Run) -> f64| median(self.runs.iter().map(figure));
        Run {
            per_second: of(|run| run.per_second),
            p50_micros: of(|run| run.p50_micros),
            p99_micros: of(|run| run.p99_micros),
            cpu_micros: of(|run| run.cpu_micros),
        }
    }
}

/// One measurement and its floor, at one number of clients.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Point {
    pub(crate) what: &'static str,
    /// Clients that each wait for one answer.
    pub(crate) at_once: usize,
    pub(crate) measured: Vec<Compared>,
    pub(crate) floor: Summed,
}

/// A series with its medians.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Summed {
    #[serde(flatten)]
    pub(crate) series: Series,
    pub(crate) median: Run,
}

/// A series beside its floor.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Compared {
    #[serde(flatten)]
    pub(crate) summed: Summed,
    /// Median speed as a share of the floor's.
    pub(crate) speed_of_floor: f64,
    /// The same run by run, each with the run of the floor beside it.
    pub(crate) pair_by_pair: Vec<f64>,
    /// Median p99 as a multiple of the floor's.
    pub(crate) p99_of_floor: f64,
}

impl Point {
    /// Sums up.
    pub(crate) fn new(what: &'static str, at_once: usize, measured: Vec<Series>, floor: Series) -> Self {
        let floor = Summed::of(floor);
        let measured = measured.into_iter().map(|series| Compared::to(&floor, series)).collect();
        Self { what, at_once, measured, floor }
    }
}

impl Summed {
    fn of(series: Series) -> Self {
        Self { median: series.median(), series }
    }
}

impl Compared {
    fn to(floor: &Summed, series: Series) -> Self {
        let pairs = series.runs.iter().zip(&floor.series.runs);
        let pair_by_pair = pairs.map(|(run, floor)| run.per_second / floor.per_second).collect();
        let summed = Summed::of(series);
        Self {
            speed_of_floor: summed.median.per_second / floor.median.per_second,
            p99_of_floor: summed.median.p99_micros / floor.median.p99_micros,
            pair_by_pair,
            summed,
        }
    }
}
