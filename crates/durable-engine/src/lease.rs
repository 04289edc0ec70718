//! How a host keeps its lease, as numbers: when it renews, until when it trusts what it has, how often it looks for the
//! dead. No clock, no I/O; times are of the clock that counts a machine's sleep too.

use std::{
    ops::Range,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use durable_core::store::Sharing;

/// The terms that follow from the length of a lease.
///
/// ```text
/// asked ─┬─ 1/3 renew ── 2/3 renew ── 5/6 trusted no more ── 1 may be taken over
///        └ by the host's own clock, from before it asked; the store's lease begins no earlier and so ends no earlier
/// ```
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terms {
    lease: Duration,
}

impl Terms {
    pub(crate) fn of(sharing: Sharing) -> Self {
        Self { lease: sharing.lease }
    }

    /// Until when a host may act on a lease that it asked for at that time. What it does then takes time as well: that
    /// is what the rest is for.
    pub(crate) fn trusted_until(self, asked_at: Duration) -> Duration {
        asked_at + self.lease * 5 / 6
    }

    /// Pause between two renewals.
    pub(crate) fn renewal(self) -> Duration {
        self.lease / 3
    }

    /// Pause after a renewal that failed: there is time for some more.
    pub(crate) fn retry(self) -> Duration {
        (self.lease / 30).min(Duration::from_secs(1))
    }

    /// How long a renewal may take before it counts as failed.
    pub(crate) fn patience(self) -> Duration {
        self.lease / 6
    }

    /// Pause between two looks for the dead, anywhere between these: hosts that look at the same time find the same.
    pub(crate) fn takeover(self) -> Range<Duration> {
        self.lease / 16..self.lease / 8
    }
}

/// Pauses that differ from host to host and from time to time.
#[derive(Debug)]
pub(crate) struct Jitter(AtomicU64);

impl Jitter {
    pub(crate) fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }

    /// A pause within a range.
    pub(crate) fn within(&self, range: &Range<Duration>) -> Duration {
        // splitmix64: any sequence will do, as long as the seed fixes it.
        let mut z = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let thousandths = u32::try_from((z >> 40) % 1_000).unwrap_or(0);
        range.start + range.end.saturating_sub(range.start) * thousandths / 1_000
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEASE: Duration = Duration::from_secs(30);
    const TERMS: Terms = Terms { lease: LEASE };

    #[test]
    fn a_host_that_is_late_twice_still_trusts_its_lease_and_stops_before_others_may_take_it() {
        let asked = Duration::from_secs(1_000);
        let trusted = TERMS.trusted_until(asked);
        assert!(trusted > asked + 2 * TERMS.renewal() + TERMS.patience() - Duration::from_secs(1));
        assert!(trusted < asked + LEASE);
        assert!(TERMS.retry() < TERMS.patience());
    }

    #[test]
    fn the_dead_are_found_soon_after_their_lease() {
        assert!(TERMS.takeover().end <= LEASE / 8);
        assert!(!TERMS.takeover().is_empty());
    }

    #[test]
    fn pauses_are_spread_over_their_range() {
        let (jitter, range) = (Jitter::new(7), Duration::from_secs(1)..Duration::from_secs(2));
        let pauses: Vec<Duration> = (0..1_000).map(|_| jitter.within(&range)).collect();
        assert!(pauses.iter().all(|pause| range.contains(pause)));
        assert!(pauses.iter().any(|pause| *pause < Duration::from_millis(1_050)));
        assert!(pauses.iter().any(|pause| *pause > Duration::from_millis(1_950)));
        let again = Jitter::new(7);
        assert!(pauses.iter().all(|pause| *pause == again.within(&range)), "the seed fixes them");
    }
}
