//! [`Seconds`]: a length of time as users write it.

use std::{fmt, str::FromStr, time::Duration};

use serde::{Deserialize, Deserializer, de::Error as _};

/// A number of seconds from 0 up, decimals allowed, in a query, a setting or JSON.
///
/// ```
/// # use fnhost_sdk::{Query, Seconds};
/// # use std::time::Duration;
/// #[derive(serde::Deserialize)]
/// struct Wait {
///     timeout: Option<Seconds>,
/// }
///
/// pub async fn run(Query(wait): Query<Wait>) -> String {
///     let timeout = wait.timeout.map_or(Duration::from_secs(30), Duration::from);
///     format!("waiting for {timeout:?}")
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Seconds(Duration);

/// What [`Seconds`] are written as.
pub(crate) const ALLOWED: &str = "seconds from 0 up, such as 300 or 0.5";

/// A text or number that is no number of seconds.
///
/// ```
/// assert_eq!(
///     "soon".parse::<fnhost_sdk::Seconds>().unwrap_err().to_string(),
///     "allowed: seconds from 0 up, such as 300 or 0.5"
/// );
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoSeconds(());

impl fmt::Display for NoSeconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "allowed: {ALLOWED}")
    }
}

impl std::error::Error for NoSeconds {}

impl TryFrom<f64> for Seconds {
    type Error = NoSeconds;

    fn try_from(seconds: f64) -> Result<Self, NoSeconds> {
        Duration::try_from_secs_f64(seconds).map(Self).map_err(|_| NoSeconds(()))
    }
}

impl FromStr for Seconds {
    type Err = NoSeconds;

    fn from_str(text: &str) -> Result<Self, NoSeconds> {
        text.trim().parse::<f64>().map_err(|_| NoSeconds(()))?.try_into()
    }
}

impl From<Seconds> for Duration {
    fn from(seconds: Seconds) -> Self {
        seconds.0
    }
}

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        f64::deserialize(deserializer)?.try_into().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_have_bounds() {
        for (text, millis) in [("0", 0), ("1", 1000), (" 0.25 ", 250), ("1e2", 100_000)] {
            assert_eq!(
                Duration::from(text.parse::<Seconds>().unwrap()),
                Duration::from_millis(millis),
                "{text}"
            );
        }
        for text in ["", "-1", "NaN", "inf", "1e300", "5 min"] {
            assert!(text.parse::<Seconds>().is_err(), "{text}");
        }
    }
}
