//! One key: made, checked for form, and hashed.
//!
//! Made keys are 32 bytes from the operating system, written as 64 hex digits: nobody guesses them, so a fast hash is
//! enough at rest, while a slow password hash would let anybody keep the host busy with wrong keys.

use std::fmt;

use subtle::{Choice, ConstantTimeEq};

/// Shortest and longest text that is taken as a key. Shorter ones could be found from their hash by trying.
const LENGTH: std::ops::RangeInclusive<usize> = 16..=256;

/// Names this use of blake3, so that no hash made for something else is ever the hash of a key.
const AT_REST: &str = "fnhost 2026-01 access key at rest v1";

/// Why a text can be no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidKey {
    /// Too short or too long.
    #[error("has {found} characters; allowed are 16 to 256")]
    Length {
        /// How many it has.
        found: usize,
    },
    /// A character that a header cannot carry as it stands.
    #[error("has a character that is not visible ASCII; allowed are letters, digits and punctuation")]
    Character,
}

/// A key in the clear. Exists only between its making and its being shown or hashed; never printed by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Key(String);

impl Key {
    /// A new random key.
    ///
    /// # Errors
    /// When the operating system has no random bytes.
    pub fn generate() -> Result<Self, getrandom::Error> {
        Ok(Self(hex(&random()?)))
    }

    /// Takes a key that somebody chose.
    ///
    /// # Errors
    /// When it is shorter than 16 or longer than 256 characters, or not visible ASCII.
    ///
    /// ```
    /// # use fnhost::keys::Key;
    /// assert!(Key::parse("correct-horse-battery").is_ok());
    /// assert!(Key::parse("secret").is_err());
    /// ```
    pub fn parse(text: &str) -> Result<Self, InvalidKey> {
        if text.bytes().any(|byte| !byte.is_ascii_graphic()) {
            return Err(InvalidKey::Character);
        }
        if !LENGTH.contains(&text.len()) {
            return Err(InvalidKey::Length { found: text.len() });
        }
        Ok(Self(text.to_owned()))
    }

    /// The key itself, to be shown to whoever made it.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    pub(super) fn hash(&self) -> KeyHash {
        KeyHash::of(&self.0)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(***)")
    }
}

/// What is kept of a key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct KeyHash(pub(super) [u8; 32]);

impl KeyHash {
    fn of(text: &str) -> Self {
        Self(*blake3::Hasher::new_derive_key(AT_REST).update(text.as_bytes()).finalize().as_bytes())
    }

    /// The hash of what a caller presents; `None` when it can be no key, whatever the keys are.
    pub(super) fn of_presented(text: &str) -> Option<Self> {
        LENGTH.contains(&text.len()).then(|| Self::of(text))
    }

    /// Whether both are of the same key, in a time that does not tell how much of them is the same.
    pub(super) fn same(&self, other: &Self) -> Choice {
        self.0.ct_eq(&other.0)
    }
}

/// 32 random bytes from the operating system.
pub(super) fn random() -> Result<[u8; 32], getrandom::Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}

fn hex(bytes: &[u8; 32]) -> String {
    blake3::Hash::from_bytes(*bytes).to_hex().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn made_keys_are_64_hex_digits_and_differ() {
        let (one, two) = (Key::generate().unwrap(), Key::generate().unwrap());
        assert_eq!(one.reveal().len(), 64);
        assert!(one.reveal().bytes().all(|byte| byte.is_ascii_hexdigit()));
        assert_ne!(one.reveal(), two.reveal());
        assert_eq!(Key::parse(one.reveal()).map(|key| key.hash().0), Ok(one.hash().0));
    }

    #[test]
    fn chosen_keys_have_a_form() {
        for (text, why) in [
            ("", InvalidKey::Length { found: 0 }),
            ("fifteen-letters", InvalidKey::Length { found: 15 }),
            (&"x".repeat(257), InvalidKey::Length { found: 257 }),
            ("with a space in it", InvalidKey::Character),
            ("with-ümlaut-in-it", InvalidKey::Character),
            ("with-nul-in-it-\0\0\0", InvalidKey::Character),
        ] {
            assert_eq!(Key::parse(text), Err(why), "{text:?}");
        }
        assert!(Key::parse("sixteen-letters!").is_ok());
        assert!(Key::parse(&"x".repeat(256)).is_ok());
    }

    #[test]
    fn debug_shows_no_key_and_the_hash_is_no_plain_hash() {
        let key = Key::parse("correct-horse-battery").unwrap();
        assert_eq!(format!("{key:?}"), "Key(***)");
        assert_ne!(key.hash().0, *blake3::hash(b"correct-horse-battery").as_bytes());
    }

    #[test]
    fn the_hash_at_rest_never_changes() {
        // Stored hashes outlive releases: a change here locks everybody out.
        let hash = Key::parse("correct-horse-battery").unwrap().hash();
        assert_eq!(hex(&hash.0), "67a3dec11de1364fd3f43a505cca1f38173011b9079848192a041a3d3c572326");
    }
}
