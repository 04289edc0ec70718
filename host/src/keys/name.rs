//! Names of keys, and of what they open: kept in lower case, because they are compared without case.

use durable_core::store::KeyScope;

/// The name of the only key of the master's place.
pub const MASTER: &str = "_master";

/// The name that a key has when nobody gave it one.
pub const DEFAULT: &str = "default";

/// As long as the name of a function may be.
const MAX_LENGTH: usize = 128;

/// Why a text can be no name of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must have 1 to 128 characters, which are letters, digits, `-`, `_` or `.`")]
pub struct InvalidName;

/// Checks a name and brings it into the form in which it is kept.
pub(super) fn normal(name: &str) -> Result<String, InvalidName> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if !(1..=MAX_LENGTH).contains(&name.len()) || !name.bytes().all(fits) {
        return Err(InvalidName);
    }
    Ok(name.to_ascii_lowercase())
}

/// The same for the name in a scope.
pub(super) fn normal_scope(scope: KeyScope) -> Result<KeyScope, InvalidName> {
    Ok(match scope {
        KeyScope::Master => KeyScope::Master,
        KeyScope::Host => KeyScope::Host,
        KeyScope::Function(function) => KeyScope::Function(normal(&function)?),
        KeyScope::System(extension) => KeyScope::System(normal(&extension)?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain_and_lower_case() {
        assert_eq!(normal("Partner-1.Blue_x"), Ok("partner-1.blue_x".to_owned()));
        for bad in ["", "a b", "a/b", "ä", "a\0", &"x".repeat(129)] {
            assert_eq!(normal(bad), Err(InvalidName), "{bad:?}");
        }
    }
}
