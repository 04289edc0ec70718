//! Sizes in bytes: a plain number, or text with a binary unit (`"64 MiB"`).

/// Why a text is no size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SizeError {
    /// Not a number with an optional unit.
    #[error("it is not a number of bytes")]
    Form,
    /// A unit that is unknown or means two things.
    #[error("its unit is not KiB, MiB or GiB")]
    Unit,
    /// More than fits.
    #[error("it is too large")]
    TooLarge,
}

/// Reads a size. `MB` is refused rather than guessed: half of the world means 1,000,000 by it.
pub fn parse(text: &str) -> Result<u64, SizeError> {
    let text = text.trim();
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    if digits == 0 {
        return Err(SizeError::Form);
    }
    let number: u64 = text[..digits].parse().map_err(|_| SizeError::TooLarge)?;
    let factor: u64 = match text[digits..].trim_start() {
        "" | "B" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => return Err(SizeError::Unit),
    };
    number.checked_mul(factor).ok_or(SizeError::TooLarge)
}

/// Writes a size with the largest unit that leaves a whole number.
pub fn format(bytes: u64) -> String {
    for (unit, factor) in [("GiB", 1_u64 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)] {
        if bytes >= factor && bytes.is_multiple_of(factor) {
            return format!("{} {unit}", bytes / factor);
        }
    }
    format!("{bytes} bytes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_units() {
        assert_eq!(parse("104857600"), Ok(104_857_600));
        assert_eq!(parse("64 MiB"), Ok(64 << 20));
        assert_eq!(parse("8KiB"), Ok(8 << 10));
        assert_eq!(parse("8 MB"), Err(SizeError::Unit));
        assert_eq!(parse("-1"), Err(SizeError::Form));
        assert_eq!(parse("MiB"), Err(SizeError::Form));
        assert_eq!(parse("99999999999 GiB"), Err(SizeError::TooLarge));
        assert_eq!(parse("999999999999999999999"), Err(SizeError::TooLarge));
        assert_eq!(
            (format(10 << 20), format(16_384), format(7)),
            ("10 MiB".into(), "16 KiB".into(), "7 bytes".into())
        );
    }
}
