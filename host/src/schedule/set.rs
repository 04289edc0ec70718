//! Small numbers as a set.

/// Numbers from 0 to 63: what a field of a schedule allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Set(u64);

impl Set {
    /// All numbers of a range.
    pub(super) fn all(min: u8, max: u8) -> Self {
        let mut set = Self::default();
        (min..=max).for_each(|number| set.add(number));
        set
    }

    /// Adds a number below 64.
    pub(super) fn add(&mut self, number: u8) {
        self.0 |= 1 << number;
    }

    /// Whether the number is in it.
    pub(super) fn has(self, number: u8) -> bool {
        number < 64 && self.0 & (1 << number) != 0
    }

    /// Its smallest number that is not below this one.
    pub(super) fn from(self, least: u8) -> Option<u8> {
        let rest = if least < 64 { self.0 & (u64::MAX << least) } else { 0 };
        // At most 63 for a number that is not 0.
        (rest != 0).then(|| rest.trailing_zeros() as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_found_from_any_place() {
        let mut set = Set::default();
        assert_eq!(set.from(0), None);
        [0, 5, 63].into_iter().for_each(|number| set.add(number));
        let found: Vec<_> = [0, 1, 5, 6, 63, 64, 255].into_iter().map(|least| set.from(least)).collect();
        assert_eq!(found, [Some(0), Some(5), Some(5), Some(63), Some(63), None, None]);
        assert!(set.has(63) && !set.has(62) && !set.has(64));
        assert_eq!(Set::all(1, 12).from(0), Some(1));
        assert_eq!(Set::all(0, 59).from(59), Some(59));
    }
}
