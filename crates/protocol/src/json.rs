//! JSON as text: inputs, results, states. The engine and the stores carry it and never look inside.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::DeserializeOwned};
use serde_json::value::RawValue;

/// Valid JSON text, cheap to clone. Inside other JSON it is embedded as it stands, not quoted again.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct JsonText(Arc<str>);

/// Why a text is refused as JSON.
#[derive(Debug, thiserror::Error)]
pub enum InvalidJson {
    /// Not JSON at all.
    #[error("invalid JSON: {0}")]
    Syntax(serde_json::Error),
    /// A string or key holds U+0000, which not every store can keep.
    #[error("invalid JSON: the character U+0000 is not allowed in strings")]
    Nul,
}

impl JsonText {
    /// The text `null`.
    pub fn null() -> Self {
        Self("null".into())
    }

    /// Checks a text that comes from outside.
    ///
    /// # Errors
    /// When it is not JSON, or holds U+0000.
    ///
    /// ```
    /// use fnhost_protocol::json::JsonText;
    /// assert_eq!(JsonText::parse(" [1, 2] ").unwrap().as_str(), "[1, 2]");
    /// assert!(JsonText::parse("{").is_err());
    /// ```
    pub fn parse(text: &str) -> Result<Self, InvalidJson> {
        let raw: &RawValue = serde_json::from_str(text).map_err(InvalidJson::Syntax)?;
        if holds_nul(raw.get()) {
            return Err(InvalidJson::Nul);
        }
        Ok(Self(raw.get().into()))
    }

    /// Serialises a value.
    ///
    /// # Errors
    /// When the value has no JSON form (a map whose keys are no strings, say) or holds U+0000.
    pub fn of<T: Serialize + ?Sized>(value: &T) -> Result<Self, InvalidJson> {
        let text = serde_json::to_string(value).map_err(InvalidJson::Syntax)?;
        if holds_nul(&text) {
            return Err(InvalidJson::Nul);
        }
        Ok(Self(text.into()))
    }

    /// A JSON string.
    pub fn string(text: &str) -> Self {
        Self(serde_json::Value::from(text).to_string().into())
    }

    /// Takes a text that was checked when it was stored.
    pub fn from_stored(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    /// Reads a value.
    ///
    /// # Errors
    /// When the JSON has another shape than `T`.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_str(&self.0)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Length of the text in bytes.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Never true: JSON text has at least one character.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether this is `null`.
    pub fn is_null(&self) -> bool {
        &*self.0 == "null"
    }
}

/// Finds the escape `\u0000` (raw NULs are no JSON at all) that is not itself behind an escaped backslash.
fn holds_nul(json: &str) -> bool {
    json.match_indices("\\u0000")
        .any(|(at, _)| json.as_bytes()[..at].iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 0)
}

impl Default for JsonText {
    fn default() -> Self {
        Self::null()
    }
}

impl fmt::Debug for JsonText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for JsonText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for JsonText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // `RawValue` has no constructor that borrows a checked `str` without parsing: parsing again is
        // linear and allocates nothing.
        let raw: &RawValue = serde_json::from_str(&self.0).map_err(serde::ser::Error::custom)?;
        raw.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for JsonText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        Ok(Self(Box::<str>::from(raw).into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_embedded_not_quoted() {
        let pair = (JsonText::parse(r#"{"a":[1]}"#).unwrap(), JsonText::string("x\"y"));
        let text = serde_json::to_string(&pair).unwrap();
        assert_eq!(text, r#"[{"a":[1]},"x\"y"]"#);
        assert_eq!(serde_json::from_str::<(JsonText, JsonText)>(&text).unwrap(), pair);
    }

    #[test]
    fn nul_is_refused_and_its_lookalike_is_not() {
        assert!(matches!(JsonText::parse(r#""a\u0000b""#), Err(InvalidJson::Nul)));
        assert!(matches!(JsonText::of("a\0b"), Err(InvalidJson::Nul)));
        assert!(JsonText::parse(r#""a\\u0000b""#).is_ok());
        assert!(matches!(JsonText::parse(r#""a\\\u0000b""#), Err(InvalidJson::Nul)));
    }
}
