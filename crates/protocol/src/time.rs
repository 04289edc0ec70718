//! Points in time, as the engine and the stores keep them: whole microseconds since 1970 in UTC.

use std::{
    fmt,
    time::{Duration, SystemTime},
};

use serde::{Deserialize, Serialize};

/// A point in time in UTC, with microseconds. What reads a clock gets one; nothing here reads a clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

/// A text that is no point in time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{found}` is not a time; allowed: ISO 8601 such as 2026-01-31T18:00:00Z")]
pub struct InvalidTimestamp {
    /// The text as found.
    pub found: String,
}

impl Timestamp {
    /// The first instant of 1970.
    pub const EPOCH: Self = Self(0);
    /// The last instant that can be written as text (the end of the year 9999).
    pub const MAX: Self = Self(253_402_207_200_000_000);

    /// Microseconds since 1970 in UTC.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since 1970 in UTC.
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// Reads ISO 8601 with an offset or `Z`.
    ///
    /// # Errors
    /// When the text is no such time.
    ///
    /// ```
    /// use fnhost_protocol::time::Timestamp;
    /// let t = Timestamp::parse("2026-01-01T00:00:05.25+01:00").unwrap();
    /// assert_eq!(t.to_string(), "2025-12-31T23:00:05.250000Z");
    /// ```
    pub fn parse(text: &str) -> Result<Self, InvalidTimestamp> {
        let parsed: jiff::Timestamp =
            text.trim().parse().map_err(|_| InvalidTimestamp { found: text.to_owned() })?;
        Ok(Self(parsed.as_microsecond()))
    }

    /// This time plus a duration; stops at [`Timestamp::MAX`].
    #[must_use]
    pub fn saturating_add(self, duration: Duration) -> Self {
        let micros = i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
        Self(self.0.saturating_add(micros).min(Self::MAX.0))
    }

    /// This time minus a duration.
    #[must_use]
    pub fn saturating_sub(self, duration: Duration) -> Self {
        let micros = i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
        Self(self.0.saturating_sub(micros))
    }

    /// How long it is from `earlier` to this; zero when `earlier` is later.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// `yyyy-MM-ddTHH:mm:ssZ`, the form of the status documents: no fraction.
    pub fn to_seconds_text(self) -> String {
        self.jiff().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
    }

    fn jiff(self) -> jiff::Timestamp {
        jiff::Timestamp::from_microsecond(self.0.clamp(-62_135_596_800_000_000, Self::MAX.0))
            .expect("clamped to the years 1 to 9999")
    }
}

/// What a clock shows; times before 1970 count as 1970.
impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        Self::EPOCH.saturating_add(time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default())
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.6}", self.jiff())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_and_arithmetic() {
        let t = Timestamp::parse("2017-06-29T18:50:55Z").unwrap();
        assert_eq!(t.to_seconds_text(), "2017-06-29T18:50:55Z");
        assert_eq!(t.saturating_add(Duration::from_millis(1500)).to_seconds_text(), "2017-06-29T18:50:56Z");
        assert_eq!(t.saturating_add(Duration::from_secs(5)).since(t), Duration::from_secs(5));
        assert_eq!(t.since(t.saturating_add(Duration::from_secs(5))), Duration::ZERO);
        assert_eq!(Timestamp::from(SystemTime::UNIX_EPOCH + Duration::from_millis(2)).as_micros(), 2000);
        assert_eq!(t.saturating_add(Duration::MAX), Timestamp::MAX);
        assert_eq!(Timestamp::MAX.to_seconds_text(), "9999-12-30T22:00:00Z");
        assert!(Timestamp::parse("yesterday").is_err());
    }
}
