//! How long to wait between two scans: pure.

use std::time::Duration;

/// A container that cannot be watched is scanned less often the longer nothing new is in it, down to a sixth.
const SLOWEST: u32 = 6;

/// Scans take at most this part of the time.
const SHARE: u32 = 50;

/// The rhythm of one container.
#[derive(Debug)]
pub(super) struct Pace {
    usual: Duration,
    longest: Duration,
    wait: Duration,
}

impl Pace {
    /// Where a watch tells what happens, and scans are for what it has missed.
    pub(super) fn watched(interval: Duration) -> Self {
        Self { usual: interval, longest: interval, wait: interval }
    }

    /// Where only scans find anything.
    pub(super) fn unwatched(interval: Duration) -> Self {
        Self { usual: interval, longest: interval * SLOWEST, wait: interval }
    }

    /// After a scan that took so long and found so much.
    pub(super) fn scanned(&mut self, new: usize, took: Duration, dice: u8) -> Duration {
        self.wait = if new > 0 { self.usual } else { (self.wait * 3 / 2).min(self.longest) };
        jittered(self.wait.max(took * SHARE), dice)
    }

    /// After a scan that failed so many times in a row.
    pub(super) fn failed(&self, times: u32, dice: u8) -> Duration {
        let shortest = Duration::from_secs(1).min(self.usual);
        jittered(shortest.saturating_mul(1 << times.min(8)).min(self.longest.max(shortest)), dice)
    }
}

/// A tenth more or less, so that hosts and containers do not keep step.
fn jittered(wait: Duration, dice: u8) -> Duration {
    wait * 9 / 10 + wait / 5 * u32::from(dice) / 255
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const MIDDLE: u8 = 128;

    fn seconds(wait: Duration) -> u64 {
        (wait.as_millis() as u64 + 50) / 1000
    }

    #[test]
    fn quiet_containers_are_scanned_less_often() {
        let mut pace = Pace::unwatched(10 * SECOND);
        let waits: Vec<_> =
            [0, 0, 0, 0, 0, 0, 3, 0].map(|new| seconds(pace.scanned(new, Duration::ZERO, MIDDLE))).to_vec();
        assert_eq!(waits, [15, 22, 33, 50, 60, 60, 10, 15]);
    }

    #[test]
    fn a_watched_container_keeps_its_interval_unless_scans_take_long() {
        let mut pace = Pace::watched(300 * SECOND);
        assert_eq!(seconds(pace.scanned(0, SECOND, MIDDLE)), 300);
        assert_eq!(seconds(pace.scanned(0, 20 * SECOND, MIDDLE)), 1_000);
    }

    #[test]
    fn waits_differ_by_a_fifth_at_most() {
        let mut pace = Pace::watched(100 * SECOND);
        assert_eq!(seconds(pace.scanned(0, Duration::ZERO, 0)), 90);
        assert_eq!(seconds(pace.scanned(0, Duration::ZERO, 255)), 110);
    }

    #[test]
    fn failures_wait_longer_and_longer() {
        let pace = Pace::unwatched(10 * SECOND);
        let waits: Vec<_> = (0..8).map(|times| seconds(pace.failed(times, MIDDLE))).collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60]);
        let quick = Pace::unwatched(Duration::from_millis(50));
        assert!(quick.failed(0, MIDDLE) <= Duration::from_millis(55));
    }
}
