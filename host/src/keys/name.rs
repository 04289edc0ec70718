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
fn normal(name: &str) -> Result<String, InvalidName> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if !(1..=MAX_LENGTH).contains(&name.len()) || !name.bytes().all(fits) {
        return Err(InvalidName);
    }
    Ok(name.to_ascii_lowercase())
}

/// Checks what a key opens and its name. There is one master key, whatever it is called.
pub(super) fn place(scope: KeyScope, name: &str) -> Result<(KeyScope, String), InvalidName> {
    Ok(match scope {
        KeyScope::Master => (KeyScope::Master, MASTER.to_owned()),
        KeyScope::Host => (KeyScope::Host, normal(name)?),
        KeyScope::Function(function) => (KeyScope::Function(normal(&function)?), normal(name)?),
        KeyScope::System(extension) => (KeyScope::System(normal(&extension)?), normal(name)?),
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
            assert_eq!(place(KeyScope::System(bad.into()), DEFAULT), Err(InvalidName), "{bad:?}");
        }
    }

    #[test]
    fn there_is_one_master_key() {
        assert_eq!(place(KeyScope::Master, "other"), Ok((KeyScope::Master, MASTER.to_owned())));
        let function = KeyScope::Function("Hello".into());
        assert_eq!(place(function, "A"), Ok((KeyScope::Function("hello".into()), "a".to_owned())));
    }
}
