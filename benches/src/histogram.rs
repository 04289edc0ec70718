//! Latencies in buckets that grow with what they hold: 64 per power of two, so that a quantile is off by 1.6 % at most.

use std::time::Duration;

const BITS: u32 = 6;
const PER_POWER: usize = 1 << BITS;

/// Counts of latencies.
#[derive(Debug, Clone)]
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
