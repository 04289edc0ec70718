//! Which texts are a point in time: the forms that people put into addresses, of the many that .NET's
//! `DateTime.TryParse` takes with the invariant culture.
//!
//! ```text
//! date    2016-12-31 · 2016/12/31 · 12/31/2016
//! time    (T or spaces) 7:32 · 07:32:10 · 07:32:10.25 · 7:32pm · 7 PM    then  Z · +01:00 · -0530
//! ```

use super::values::is_space;

/// Whether `text` is a date, a date with a time, or a time alone.
pub(super) fn is_datetime(text: &str) -> bool {
    let text = text.trim_matches(is_space);
    let Some(rest) = date(text) else { return is_time(text) };
    if rest.is_empty() {
        return true;
    }
    let after_gap = rest.strip_prefix(['T', 't']).unwrap_or_else(|| rest.trim_start_matches(is_space));
    after_gap.len() < rest.len() && is_time(after_gap)
}

/// What follows the date that `text` begins with.
fn date(text: &str) -> Option<&str> {
    let (first, rest) = number(text, 4)?;
    let separator = rest.chars().next().filter(|character| matches!(character, '-' | '/'))?;
    let (second, rest) = number(rest.strip_prefix(separator)?, 2)?;
    let (third, rest) = number(rest.strip_prefix(separator)?, 4)?;
    let year_first = digits(text) == 4;
    let (year, month, day) = if year_first { (first, second, third) } else { (third, first, second) };
    let month_first_fits = separator == '/' && first <= 12;
    ((year_first || month_first_fits) && is_day(year, month, day)).then_some(rest)
}

fn is_day(year: u32, month: u32, day: u32) -> bool {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return false,
    };
    (1..=9999).contains(&year) && (1..=days).contains(&day)
}

fn is_time(text: &str) -> bool {
    let Some((hour, mut rest)) = number(text, 2) else { return false };
    let mut parts = 1;
    for _ in 0..2 {
        let Some(after) = rest.strip_prefix(':') else { break };
        match number(after, 2) {
            Some((part, after)) if part < 60 && digits(rest.trim_start_matches(':')) == 2 => rest = after,
            _ => return false,
        }
        parts += 1;
    }
    if parts == 3
        && let Some(fraction) = rest.strip_prefix('.')
    {
        let length = digits(fraction);
        if !(1..=7).contains(&length) {
            return false;
        }
        rest = &fraction[length..];
    }
    let (half_day, rest) = half_day(rest);
    let hour_fits = if half_day { (1..=12).contains(&hour) } else { hour < 24 };
    // An hour alone is a number; it takes more to be a time.
    hour_fits && (parts > 1 || half_day) && is_zone(rest)
}

/// Whether AM or PM is next, and what follows.
fn half_day(text: &str) -> (bool, &str) {
    let marker = text.trim_start_matches(is_space);
    match marker.split_at_checked(2) {
        Some((found, rest)) if found.eq_ignore_ascii_case("am") || found.eq_ignore_ascii_case("pm") => {
            (true, rest)
        }
        _ => (false, text),
    }
}

fn is_zone(text: &str) -> bool {
    let zone = text.trim_start_matches(is_space);
    if zone.is_empty() || zone.eq_ignore_ascii_case("z") {
        return true;
    }
    let Some(offset) = zone.strip_prefix(['+', '-']) else { return false };
    let (hours, minutes) = match (offset.split_once(':'), offset.len()) {
        (Some(split), _) => split,
        (None, 4) if offset.is_ascii() => offset.split_at(2),
        (None, _) => (offset, "0"),
    };
    let within =
        |text: &str, most: u32| number(text, 2).is_some_and(|(value, rest)| rest.is_empty() && value <= most);
    within(hours, 14) && within(minutes, 59)
}

/// A number of one to `most` digits at the beginning, and what follows.
fn number(text: &str, most: usize) -> Option<(u32, &str)> {
    let length = digits(text);
    if length == 0 || length > most {
        return None;
    }
    Some((text[..length].parse().ok()?, &text[length..]))
}

fn digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_is_taken() {
        for text in [
            "2016-12-31",
            "2016-1-1",
            "2016/12/31",
            "12/31/2016",
            "1/2/2016",
            "2024-02-29",
            "2016-12-31 7:32pm",
            "2016-12-31 7:32 PM",
            "12/31/2016 7 pm",
            "2016-12-31T07:32:10",
            "2016-12-31T07:32:10Z",
            "2016-12-31T07:32:10.1234567+01:00",
            "2016-12-31t07:32-0530",
            "2016-12-31 23:59:59 +14",
            "07:32",
            " 2016-12-31 ",
        ] {
            assert!(is_datetime(text), "{text:?}");
        }
    }

    #[test]
    fn what_is_no_time_is_not() {
        for text in [
            "",
            "2016",
            "7",
            "2016-12",
            "2016-13-01",
            "2016-00-01",
            "2023-02-29",
            "1900-02-29",
            "2016-04-31",
            "31/12/2016",
            "12-31-2016",
            "2016-12/31",
            "2016-12-31T",
            "2016-12-31x07:32",
            "2016-12-31T24:00",
            "2016-12-31T07:60",
            "2016-12-31T07:3",
            "2016-12-31T07:32:10.",
            "2016-12-31T07:32:10.12345678",
            "2016-12-31 13:00pm",
            "2016-12-31T07:32:10+15:00",
            "2016-12-31T07:32:10+",
            "2016-12-31T07:32:10+1:2:3",
            "2016-12-31T07:32ä",
            "2016-12-31 7:32pmä",
            "-5",
            "10000-01-01",
        ] {
            assert!(!is_datetime(text), "{text:?}");
        }
    }
}
