//! Times as text: the custom formats of .NET, as far as they do not depend on a language.

use std::fmt::Write as _;

use fnhost_protocol::time::Timestamp;
use jiff::tz::TimeZone;

/// How a time is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClockText(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Literal(String),
    /// A letter, so many times.
    Field(char, usize),
}

impl ClockText {
    /// `2026-11-20T18-05-09Z`: no colons, which not every name may hold.
    pub(super) fn for_names() -> Self {
        let literal = |text: &str| Part::Literal(text.to_owned());
        let fields = [('y', 4), ('M', 2), ('d', 2), ('H', 2), ('m', 2), ('s', 2)];
        let between = ["-", "-", "T", "-", "-", "Z"];
        let parts = fields.into_iter().zip(between);
        Self(parts.flat_map(|((letter, count), text)| [Part::Field(letter, count), literal(text)]).collect())
    }

    /// Reads a format: `yyyy`, `MM`, `dd`, `HH`, `mm`, `ss`, `fff` and shorter forms; text in quotes or after `\`; signs
    /// stand for themselves.
    pub(super) fn parse(format: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = format.chars().peekable();
        while let Some(letter) = rest.next() {
            match letter {
                '\'' | '"' => {
                    let mut literal = String::new();
                    loop {
                        match rest.next() {
                            None => {
                                return Err(format!("the format `{format}` has a quote that is not closed"));
                            }
                            Some(end) if end == letter => break,
                            Some(other) => literal.push(other),
                        }
                    }
                    parts.push(Part::Literal(literal));
                }
                '\\' => match rest.next() {
                    Some(literal) => parts.push(Part::Literal(literal.to_string())),
                    None => return Err(format!("the format `{format}` ends with `\\`")),
                },
                letter if letter.is_ascii_alphabetic() => {
                    let mut count = 1;
                    while rest.next_if_eq(&letter).is_some() {
                        count += 1;
                    }
                    check(format, letter, count)?;
                    parts.push(Part::Field(letter, count));
                }
                sign => parts.push(Part::Literal(sign.to_string())),
            }
        }
        if parts.is_empty() {
            return Err("the format of `DateTime` is empty; allowed: such as yyyy-MM-dd".to_owned());
        }
        Ok(Self(parts))
    }

    /// A time in UTC.
    pub(super) fn write(&self, time: Timestamp) -> String {
        let time = jiff::Timestamp::from_microsecond(time.as_micros()).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        let time = time.to_zoned(TimeZone::UTC).datetime();
        let mut text = String::new();
        for part in &self.0 {
            match part {
                Part::Literal(literal) => text.push_str(literal),
                Part::Field(letter, count) => {
                    let (number, width) = match (letter, count) {
                        ('y', 2) => (i64::from(time.year().rem_euclid(100)), 2),
                        ('y', count) => (i64::from(time.year()), *count),
                        ('M', count) => (i64::from(time.month()), *count),
                        ('d', count) => (i64::from(time.day()), *count),
                        ('H', count) => (i64::from(time.hour()), *count),
                        ('h', count) => (i64::from((time.hour() + 11) % 12 + 1), *count),
                        ('m', count) => (i64::from(time.minute()), *count),
                        ('s', count) => (i64::from(time.second()), *count),
                        (_, count) => {
                            let digits = u32::try_from(*count).unwrap_or(7);
                            (i64::from(time.subsec_nanosecond()) / 10_i64.pow(9 - digits.min(9)), *count)
                        }
                    };
                    // Writing to a text cannot fail.
                    _ = write!(text, "{number:0width$}");
                }
            }
        }
        text
    }
}

fn check(format: &str, letter: char, count: usize) -> Result<(), String> {
    let most = match letter {
        'y' => 4,
        'M' | 'd' | 'H' | 'h' | 'm' | 's' => 2,
        'f' => 7,
        _ => 0,
    };
    if count <= most && (letter != 'y' || count == 2 || count == 4) {
        return Ok(());
    }
    let found = letter.to_string().repeat(count);
    Err(format!(
        "the format `{format}` has `{found}`, which is unknown; allowed: yyyy, yy, MM, M, dd, d, HH, H, hh, h, mm, m, ss, s, \
         f to fffffff, and text in quotes"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_formats_say() {
        let time = Timestamp::parse("2026-03-04T05:06:07.089Z").unwrap();
        for (format, expected) in [
            ("yyyy-MM-dd", "2026-03-04"),
            ("yy/M/d", "26/3/4"),
            ("HHmmss", "050607"),
            ("H:m:s.fff", "5:6:7.089"),
            ("h 'o''clock'", "5 oclock"),
            (r"yyyy\T", "2026T"),
        ] {
            assert_eq!(ClockText::parse(format).unwrap().write(time), expected, "{format}");
        }
        assert_eq!(ClockText::for_names().write(time), "2026-03-04T05-06-07Z");
        let midnight = Timestamp::parse("2026-03-04T00:00:00Z").unwrap();
        assert_eq!(ClockText::parse("hh").unwrap().write(midnight), "12");
    }

    #[test]
    fn formats_that_are_unknown_are_refused() {
        for format in ["", "yyy", "MMMM", "tt", "'open", "x\\", "yyyyy"] {
            assert!(ClockText::parse(format).is_err(), "{format}");
        }
    }
}
