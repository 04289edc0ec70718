//! Random numbers that can be had again: the seed is printed, and `FNHOST_TEST_SEED` sets it.

use std::{
    env,
    time::{Duration, SystemTime},
};

/// A small generator (SplitMix64); good enough to choose moments and orders.
pub(crate) struct Random(u64);

impl Random {
    /// With the seed of the environment, or one taken from the clock; prints it.
    pub(crate) fn announced(test: &str) -> Self {
        let seed = match env::var("FNHOST_TEST_SEED") {
            Ok(text) => text.parse().expect("FNHOST_TEST_SEED is a number"),
            Err(_) => SystemTime::now()
                .duration_since(SystemTime::UNIX_EPOCH)
                .map_or(1, |since| since.subsec_nanos().into()),
        };
        eprintln!("{test}: FNHOST_TEST_SEED={seed}");
        Self(seed)
    }

    /// The next number.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below this one, which is not 0.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).expect("less than a usize")
    }

    /// A time between two others.
    pub(crate) fn between(&mut self, from: Duration, to: Duration) -> Duration {
        let width = to.saturating_sub(from).as_micros().max(1);
        from + Duration::from_micros((u128::from(self.next()) % width) as u64)
    }
}
