//! Latencies in buckets that grow with what they hold: 64 per power of two, so that a quantile is off by 1.6 % at most.

use std::time::Duration;

use serde::{Deserialize, Serialize};

const BITS: u32 = 6;
const PER_POWER: usize = 1 << BITS;

/// Counts of latencies. As JSON: pairs of a bucket and its count, without the empty ones.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(into = "Vec<(usize, u64)>", try_from = "Vec<(usize, u64)>")]
pub(crate) struct Histogram {
    buckets: Vec<u64>,
    count: u64,
}

impl Histogram {
    /// Nothing yet.
    pub(crate) fn new() -> Self {
        Self { buckets: vec![0; PER_POWER * (u64::BITS - BITS + 1) as usize], count: 0 }
    }

    /// Adds one.
    pub(crate) fn add(&mut self, latency: Duration) {
        let nanos = u64::try_from(latency.as_nanos()).unwrap_or(u64::MAX);
        self.buckets[bucket(nanos)] += 1;
        self.count += 1;
    }

    /// Adds all of another.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.buckets.iter_mut().zip(&other.buckets).for_each(|(count, other)| *count += other);
        self.count += other.count;
    }

    /// How many were added.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// The latency that this share of all does not exceed; zero when there are none.
    pub(crate) fn quantile(&self, share: f64) -> Duration {
        let wanted = (self.count as f64 * share).ceil() as u64;
        let mut seen = 0;
        for (at, count) in self.buckets.iter().enumerate() {
            seen += count;
            if *count > 0 && seen >= wanted {
                return Duration::from_nanos(highest(at));
            }
        }
        Duration::ZERO
    }
}

impl From<Histogram> for Vec<(usize, u64)> {
    fn from(histogram: Histogram) -> Self {
        histogram.buckets.into_iter().enumerate().filter(|(_, count)| *count > 0).collect()
    }
}

impl TryFrom<Vec<(usize, u64)>> for Histogram {
    type Error = String;

    fn try_from(pairs: Vec<(usize, u64)>) -> Result<Self, String> {
        let mut histogram = Self::new();
        for (bucket, count) in pairs {
            let found = histogram.buckets.get_mut(bucket);
            *found.ok_or_else(|| format!("there is no bucket {bucket}"))? += count;
            histogram.count += count;
        }
        Ok(histogram)
    }
}

/// Small numbers have a bucket each; above, the highest bits after the first say which.
fn bucket(nanos: u64) -> usize {
    let power = (u64::BITS - nanos.leading_zeros()).saturating_sub(BITS + 1);
    power as usize * PER_POWER + (nanos >> power) as usize
}

/// The highest number in a bucket.
fn highest(bucket: usize) -> u64 {
    let power = (bucket / PER_POWER).saturating_sub(1);
    let place = (bucket - power * PER_POWER) as u64;
    ((place + 1) << power).wrapping_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_is_close_to_the_end_of_its_bucket() {
        let mut numbers: Vec<u64> =
            (0..63).flat_map(|bit| [1 << bit, (1 << bit) + 1, (1 << bit) * 2 - 1]).collect();
        numbers.sort_unstable();
        let mut last = 0;
        for number in numbers {
            let end = highest(bucket(number));
            assert!(
                end >= number && end - number <= number / 32,
                "{number} is in the bucket that ends at {end}"
            );
            assert!(bucket(number) >= last, "buckets ascend");
            last = bucket(number);
        }
        assert!(bucket(u64::MAX) < Histogram::new().buckets.len());
    }

    #[test]
    fn halves_that_crossed_as_json_are_the_whole() {
        let (mut whole, mut halves) = (Histogram::new(), [Histogram::new(), Histogram::new()]);
        for micros in 1..=1_000 {
            whole.add(Duration::from_micros(micros));
            halves[micros as usize % 2].add(Duration::from_micros(micros));
        }
        let mut merged = Histogram::new();
        for half in halves {
            let json = serde_json::to_string(&half).unwrap();
            merged.merge(&serde_json::from_str(&json).unwrap());
        }
        assert_eq!((merged.count(), merged.buckets), (whole.count(), whole.buckets));
        assert!(serde_json::from_str::<Histogram>("[[100000,1]]").is_err());
    }

    #[test]
    fn quantiles_count() {
        let mut histogram = Histogram::new();
        (1..=100).for_each(|micros| histogram.add(Duration::from_micros(micros)));
        assert_eq!(histogram.count(), 100);
        for (share, micros) in [(0.5, 50.0), (0.99, 99.0), (1.0, 100.0)] {
            let found = histogram.quantile(share).as_secs_f64() * 1e6;
            assert!((found - micros).abs() <= micros * 0.02, "{share}: {found}");
        }
        assert_eq!(Histogram::new().quantile(0.5), Duration::ZERO);
    }
}
