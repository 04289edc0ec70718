//! Speeds: what was measured, and its floor, run by run.

use serde::Serialize;

use super::{median, wanted::Wanted};
use crate::run::Run;

/// One thing measured several times.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Series {
    pub(crate) who: &'static str,
    pub(crate) runs: Vec<Run>,
    /// What is promised of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) wanted: Option<Wanted>,
}

impl Series {
    /// Nothing measured yet.
    pub(crate) fn new(who: &'static str) -> Self {
        Self { who, runs: Vec::new(), wanted: None }
    }

    /// The same, with what is promised.
    pub(crate) fn wanted(self, wanted: Option<Wanted>) -> Self {
        Self { wanted, ..self }
    }

    /// Adds a run.
    pub(crate) fn push(&mut self, run: Run) {
        self.runs.push(run);
    }

    /// A figure as a multiple of that of another series, run by run.
    pub(crate) fn of(&self, other: &Self, figure: fn(&Run) -> f64) -> Vec<f64> {
        self.runs.iter().zip(&other.runs).map(|(run, other)| figure(run) / figure(other)).collect()
    }

    /// The median of each figure.
    pub(crate) fn median(&self) -> Run {
        let of = |figure: fn(&Run) -> f64| median(self.runs.iter().map(figure));
        let counted = |figure: fn(&Run) -> Option<f64>| {
            let counts: Option<Vec<f64>> = self.runs.iter().map(figure).collect();
            counts.map(median)
        };
        Run {
            per_second: of(|run| run.per_second),
            p50_micros: of(|run| run.p50_micros),
            p99_micros: of(|run| run.p99_micros),
            cpu_micros: of(|run| run.cpu_micros),
            database_cpu_micros: counted(|run| run.database_cpu_micros),
            busy: of(|run| run.busy),
            transactions: counted(|run| run.transactions),
            syncs: counted(|run| run.syncs),
        }
    }
}

/// Which figure is compared with the floor's.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
enum Compared {
    Speed,
    /// The middle latency: where the time between two answers is not all measured.
    Latency,
}

/// One measurement and its floor, at one number of clients.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Point {
    pub(crate) what: &'static str,
    /// The database, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) store: Option<&'static str>,
    /// Clients that each wait for one answer.
    pub(crate) at_once: usize,
    compared: Compared,
    pub(crate) measured: Vec<Beside>,
    pub(crate) floor: Summed,
}

/// A series with its medians.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Summed {
    #[serde(flatten)]
    pub(crate) series: Series,
    pub(crate) median: Run,
    /// Whether the medians keep what is promised.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) kept: Option<bool>,
}

/// A series beside its floor.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Beside {
    #[serde(flatten)]
    pub(crate) summed: Summed,
    /// How good it is as a share of its floor: by speed, or by the middle latency.
    pub(crate) of_floor: f64,
    /// The same run by run, each with the run of the floor beside it.
    pub(crate) pair_by_pair: Vec<f64>,
    /// Median p99 as a multiple of the floor's.
    pub(crate) p99_of_floor: f64,
}

impl Point {
    /// Sums up: speeds are compared.
    pub(crate) fn speeds(what: &'static str, at_once: usize, measured: Vec<Series>, floor: Series) -> Self {
        Self::new(what, at_once, Compared::Speed, measured, floor)
    }

    /// Sums up: latencies are compared.
    pub(crate) fn latencies(
        what: &'static str,
        at_once: usize,
        measured: Vec<Series>,
        floor: Series,
    ) -> Self {
        Self::new(what, at_once, Compared::Latency, measured, floor)
    }

    /// The same, of a database.
    pub(crate) fn on(self, store: &'static str) -> Self {
        Self { store: Some(store), ..self }
    }

    fn new(
        what: &'static str,
        at_once: usize,
        compared: Compared,
        measured: Vec<Series>,
        floor: Series,
    ) -> Self {
        let floor = Summed::of(floor);
        let measured = measured.into_iter().map(|series| Beside::new(&floor, compared, series)).collect();
        Self { what, store: None, at_once, compared, measured, floor }
    }
}

impl Summed {
    fn of(series: Series) -> Self {
        let median = series.median();
        Self { kept: series.wanted.map(|wanted| wanted.is_kept_by(&median)), median, series }
    }
}

impl Beside {
    fn new(floor: &Summed, compared: Compared, series: Series) -> Self {
        let share = |run: &Run, floor: &Run| match compared {
            Compared::Speed => run.per_second / floor.per_second,
            Compared::Latency => floor.p50_micros / run.p50_micros,
        };
        let pairs = series.runs.iter().zip(&floor.series.runs);
        let pair_by_pair = pairs.map(|(run, floor)| share(run, floor)).collect();
        let summed = Summed::of(series);
        Self {
            of_floor: share(&summed.median, &floor.median),
            p99_of_floor: summed.median.p99_micros / floor.median.p99_micros,
            pair_by_pair,
            summed,
        }
    }
}
