//! What was measured: kept as data, shown as a table, written as JSON.

mod gauge;
mod point;
mod table;
mod wanted;

use std::{fs, path::Path, time::Duration};

use anyhow::Context as _;
use serde::Serialize;

use crate::usage;

pub(crate) use gauge::{Gauge, Unit};
pub(crate) use point::{Point, Series};
pub(crate) use wanted::{Bound, Wanted};

/// Everything of one invocation.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Report {
    version: &'static str,
    cores: usize,
    /// Before the first measurement: above 0.2 or so the machine was not quiet.
    load_average: Option<f64>,
    seconds: f64,
    repeat: u16,
    points: Vec<Point>,
    gauges: Vec<Gauge>,
}

impl Report {
    /// Nothing yet.
    pub(crate) fn new(seconds: Duration, repeat: u16) -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION"),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            load_average: usage::load_average(),
            seconds: seconds.as_secs_f64(),
            repeat,
            points: Vec::new(),
            gauges: Vec::new(),
        }
    }

    /// Adds a point, and says on stderr that it is there: a whole run takes minutes.
    pub(crate) fn point(&mut self, point: Point) {
        let store = point.store.map(|store| format!(" on {store}")).unwrap_or_default();
        eprintln!("measured: {}{store}, {} at once", point.what, point.at_once);
        self.points.push(point);
    }

    /// Adds a gauge.
    pub(crate) fn gauge(&mut self, gauge: Gauge) {
        self.gauges.push(gauge);
    }

    /// As people read it.
    pub(crate) fn table(&self) -> String {
        let Self { cores, seconds, repeat, .. } = self;
        let load = self.load_average.map_or_else(|| "unknown".to_owned(), |load| format!("{load:.1}"));
        let head = format!(
            "{cores} cores, load average {load} before; {seconds} s a measurement, median of {repeat}\n\n"
        );
        [head, table::points(&self.points), table::gauges(&self.gauges)].concat()
    }

    /// As programs read it.
    pub(crate) fn write(&self, file: &Path) -> anyhow::Result<()> {
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)?;
        }
        let json = serde_json::to_string_pretty(self)?;
        fs::write(file, json + "\n").with_context(|| format!("failed to write {}", file.display()))
    }
}

/// The middle one; of an even number the lower of the two. Zero when there are none.
pub(crate) fn median(numbers: impl IntoIterator<Item = f64>) -> f64 {
    let mut numbers: Vec<f64> = numbers.into_iter().collect();
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len().saturating_sub(1) / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::median;

    #[test]
    fn the_median_is_in_the_middle() {
        assert_eq!(median([3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median([4.0, 1.0, 2.0, 3.0]), 2.0);
        assert_eq!(median([]), 0.0);
    }
}
