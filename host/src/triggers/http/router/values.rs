//! Which texts are a number, a truth value or a GUID, by the rules that .NET reads them with in route constraints.

/// `int.TryParse` and `long.TryParse`: white space around, one sign before, digits.
pub(super) fn integer(text: &str) -> Option<i64> {
    let text = text.trim_matches(is_space);
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

/// `bool.TryParse`.
pub(super) fn is_bool(text: &str) -> bool {
    let text = text.trim_matches(is_space);
    text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false")
}

/// `decimal.TryParse`: a sign before or after, thousands separators, a point; 96 bits of digits.
pub(super) fn is_decimal(text: &str) -> bool {
    let text = text.trim_matches(is_space);
    let unsigned = text.strip_prefix(['+', '-']).or_else(|| text.strip_suffix(['+', '-'])).unwrap_or(text);
    let Some((whole, _)) = digits_and_fraction(unsigned.trim_matches(is_space)) else { return false };
    const LARGEST: u128 = 79_228_162_514_264_337_593_543_950_335;
    let digits: String = whole.chars().filter(char::is_ascii_digit).collect();
    digits.is_empty() || digits.parse().is_ok_and(|value: u128| value <= LARGEST)
}

/// `double.TryParse` and `float.TryParse`: as decimal but with an exponent, and without a limit (what is too large is
/// infinite, which is a value).
pub(super) fn is_float(text: &str) -> bool {
    let text = text.trim_matches(is_space);
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if ["infinity", "nan", "∞"].iter().any(|name| unsigned.to_lowercase() == *name) {
        return true;
    }
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let is_exponent = |exponent: &str| {
        let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
    };
    digits_and_fraction(mantissa).is_some() && exponent.is_none_or(is_exponent)
}

/// Digits with separators, and what is after the point; at least one digit somewhere.
fn digits_and_fraction(text: &str) -> Option<(&str, &str)> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let whole_fits =
        !whole.starts_with(',') && whole.bytes().all(|byte| byte.is_ascii_digit() || byte == b',');
    let fraction_fits = fraction.bytes().all(|byte| byte.is_ascii_digit());
    let any_digit = whole.bytes().chain(fraction.bytes()).any(|byte| byte.is_ascii_digit());
    (whole_fits && fraction_fits && any_digit).then_some((whole, fraction))
}

/// `Guid.TryParse` in its formats N, D, B and P.
pub(super) fn is_guid(text: &str) -> bool {
    let text = text.trim_matches(is_space);
    let enclosed =
        |open: char, close: char| text.strip_prefix(open).and_then(|text| text.strip_suffix(close));
    match enclosed('{', '}').or_else(|| enclosed('(', ')')) {
        Some(dashed) => is_dashed_guid(dashed),
        None => {
            is_dashed_guid(text) || (text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit()))
        }
    }
}

fn is_dashed_guid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// The length of a string as .NET counts it.
pub(super) fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

/// What .NET's number styles call white space.
pub(super) fn is_space(character: char) -> bool {
    matches!(character, '\u{9}'..='\u{d}' | ' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(test: impl Fn(&str) -> bool, yes: &[&str], no: &[&str]) {
        for text in yes {
            assert!(test(text), "{text:?} should be one");
        }
        for text in no {
            assert!(!test(text), "{text:?} should be none");
        }
    }

    #[test]
    fn integers() {
        let long = |text: &str| integer(text).is_some();
        all(
            long,
            &["0", "-1", "+1", " 42 ", "007", "9223372036854775807", "-9223372036854775808"],
            &["", "-", "+-1", "1.0", "1,000", "0x1", "1 2", "9223372036854775808", "١", "1e3"],
        );
    }

    #[test]
    fn truth() {
        all(is_bool, &["true", "False", " TRUE "], &["", "1", "yes", "truee"]);
    }

    #[test]
    fn decimals() {
        all(
            is_decimal,
            &["0", "1.5", "-1.5", "1.5-", "1,000.25", ".5", "5.", " 1 ", "79228162514264337593543950335"],
            &["", ".", "-", "1e3", "1.2.3", ",5", "NaN", "79228162514264337593543950336", "--1"],
        );
    }

    #[test]
    fn floats() {
        all(
            is_float,
            &["0", "-1.5", "1e3", "1E-3", "1,000.5", ".5", "NaN", "-Infinity", "infinity", "1e999", " 1 "],
            &["", ".", "1e", "1e+", "e3", "1.5-", "1f", "0x1", "inf"],
        );
    }

    #[test]
    fn guids() {
        all(
            is_guid,
            &[
                "0f8fad5b-d9cb-469f-a165-70867728950e",
                "0F8FAD5BD9CB469FA16570867728950E",
                "{0f8fad5b-d9cb-469f-a165-70867728950e}",
                "(0f8fad5b-d9cb-469f-a165-70867728950e)",
            ],
            &[
                "",
                "0f8fad5b-d9cb-469f-a165-70867728950",
                "0f8fad5bd9cb-469f-a165-70867728950e-",
                "{0f8fad5b-d9cb-469f-a165-70867728950e)",
                "{0f8fad5bd9cb469fa16570867728950e}",
                "0f8fad5b-d9cb-469f-a165-70867728950g",
                "urn:uuid:0f8fad5b-d9cb-469f-a165-70867728950e",
            ],
        );
    }

    #[test]
    fn lengths_are_utf16() {
        assert_eq!(length("aä"), 2);
        assert_eq!(length("😀"), 2);
    }
}
