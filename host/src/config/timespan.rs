//! Time-spans as .NET writes them: `[d.]hh:mm:ss[.fffffff]`.
//!
//! Every duration of the configuration has this form, because Azure's files do. Hours go to 23 as in .NET: a day is
//! `1.00:00:00`, and `24:00:00` (which .NET would read as 24 *days*) is refused with a hint.

use std::time::Duration;

/// Why a text is no time-span.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TimeSpanError {
    /// Other than three numbers parted by colons.
    #[error("it is not of the form hh:mm:ss")]
    Form,
    /// A part that is not one or two digits.
    #[error("the {0} are not a number of one or two digits")]
    Part(&'static str),
    /// A part that is too large.
    #[error("the {part} go up to {max}")]
    TooLarge {
        /// Which part.
        part: &'static str,
        /// Its largest value.
        max: u64,
    },
    /// Days that are not a number, or too many.
    #[error("the days before the dot are not a number up to 10675199")]
    Days,
    /// A fraction that is not one to seven digits.
    #[error("the fraction of a second is not one to seven digits")]
    Fraction,
}

/// Reads a time-span.
///
/// ```
/// # use fnhost::config::timespan;
/// assert_eq!(timespan::parse("1.02:03:04.5").unwrap().as_millis(), 93_784_500);
/// ```
pub fn parse(text: &str) -> Result<Duration, TimeSpanError> {
    let parts: Vec<&str> = text.trim().split(':').collect();
    let [hours, minutes, seconds] = parts[..] else { return Err(TimeSpanError::Form) };
    let (days, hours) = match hours.split_once('.') {
        Some((days, hours)) => {
            (number(days, 8).filter(|days| *days <= 10_675_199).ok_or(TimeSpanError::Days)?, hours)
        }
        None => (0, hours),
    };
    let (seconds, nanos) = match seconds.split_once('.') {
        Some((seconds, fraction)) => (seconds, nanoseconds(fraction)?),
        None => (seconds, 0),
    };
    let hours = part("hours", hours, 23)?;
    let minutes = part("minutes", minutes, 59)?;
    let seconds = part("seconds", seconds, 59)?;
    Ok(Duration::new(((days * 24 + hours) * 60 + minutes) * 60 + seconds, nanos))
}

/// Writes a time-span, shortest form.
pub fn format(span: Duration) -> String {
    let seconds = span.as_secs();
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    let days = if days == 0 { String::new() } else { format!("{days}.") };
    let fraction = match span.subsec_nanos() / 100 {
        0 => String::new(),
        ticks => format!(".{ticks:07}").trim_end_matches('0').to_owned(),
    };
    format!("{days}{hours:02}:{minutes:02}:{:02}{fraction}", seconds % 60)
}

/// What a text in another usual form most likely means: `30s`, `5 min`, `500ms`, `2h`.
pub(crate) fn guess(text: &str) -> Option<Duration> {
    let text = text.trim();
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let count = number(&text[..digits], 6)?;
    let unit = match text[digits..].trim().to_ascii_lowercase().as_str() {
        "ms" => return Some(Duration::from_millis(count)),
        "s" | "sec" | "secs" | "second" | "seconds" => 1,
        "m" | "min" | "mins" | "minute" | "minutes" => 60,
        "h" | "hour" | "hours" => 3_600,
        "d" | "day" | "days" => 86_400,
        _ => return None,
    };
    Some(Duration::from_secs(count * unit))
}

fn part(name: &'static str, text: &str, max: u64) -> Result<u64, TimeSpanError> {
    let value = number(text, 2).ok_or(TimeSpanError::Part(name))?;
    if value <= max { Ok(value) } else { Err(TimeSpanError::TooLarge { part: name, max }) }
}

fn nanoseconds(fraction: &str) -> Result<u32, TimeSpanError> {
    let digits = number(fraction, 7).ok_or(TimeSpanError::Fraction)?;
    let missing = u32::try_from(9 - fraction.len()).map_err(|_| TimeSpanError::Fraction)?;
    u32::try_from(digits * 10_u64.pow(missing)).map_err(|_| TimeSpanError::Fraction)
}

/// Only digits, at least one: `str::parse` would also take a sign.
fn number(text: &str, max_digits: usize) -> Option<u64> {
    let is_number = (1..=max_digits).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_ones() {
        for (text, millis) in [
            ("00:05:00", 300_000),
            ("0:0:1", 1_000),
            ("23:59:59.999", 86_399_999),
            ("1.00:00:00", 86_400_000),
            ("00:00:00.0000001", 0),
            ("10675199.02:48:05", 922_337_203_685_000),
        ] {
            assert_eq!(parse(text).map(|span| span.as_millis()), Ok(millis), "{text}");
        }
        assert_eq!(parse("00:00:00.0000001"), Ok(Duration::from_nanos(100)));
    }

    #[test]
    fn bad_ones_say_why() {
        for (text, why) in [
            ("", "not of the form"),
            ("5", "not of the form"),
            ("00:05", "not of the form"),
            ("5m", "not of the form"),
            ("24:00:00", "hours go up to 23"),
            ("00:60:00", "minutes go up to 59"),
            ("00:00:-1", "seconds are not"),
            ("00:00:+1", "seconds are not"),
            ("x.00:00:00", "days"),
            ("00:00:00.", "fraction"),
            ("00:00:00.12345678", "fraction"),
            ("000:00:00", "hours are not"),
        ] {
            let error = parse(text).expect_err(text).to_string();
            assert!(error.contains(why), "{text}: {error}");
        }
    }

    #[test]
    fn other_forms_are_guessed() {
        assert_eq!(guess("90 s").map(format).as_deref(), Some("00:01:30"));
        assert_eq!(guess("500ms").map(format).as_deref(), Some("00:00:00.5"));
        assert_eq!(guess("2 Days").map(format).as_deref(), Some("2.00:00:00"));
        assert_eq!(guess("soon"), None);
        assert_eq!(guess("5"), None);
    }

    proptest::proptest! {
        #[test]
        fn what_is_written_reads_back(ticks in 0_u64..9_000_000_000_000_000) {
            let span = Duration::from_nanos(ticks * 100);
            proptest::prop_assert_eq!(parse(&format(span)), Ok(span));
        }
    }
}
