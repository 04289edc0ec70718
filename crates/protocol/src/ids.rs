//! Names of things: instances, entities, invocations. Each is a type of its own, so that no two are mixed up.

use std::{borrow::Borrow, fmt, sync::Arc};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The longest instance id that is accepted, in characters.
pub const MAX_INSTANCE_ID_CHARS: usize = 256;

/// Why an instance id or an entity key is refused. The texts are those that Durable Functions clients know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidId {
    /// Ids that start with `@` belong to entities.
    #[error("Orchestration instance ids must not start with @.")]
    LeadingAt,
    /// One of the characters that would break a URL.
    #[error("Orchestration instance ids must not contain /, \\, #, ?, or control characters.")]
    ForbiddenCharacter,
    /// Longer than [`MAX_INSTANCE_ID_CHARS`].
    #[error("Instance ID lengths must not exceed 256 characters.")]
    TooLong,
    /// No character at all.
    #[error("Orchestration instance ids must not be empty.")]
    Empty,
    /// An entity id that is not `@name@key`.
    #[error("Entity ids have the form @name@key.")]
    NotAnEntity,
    /// A forbidden character in the key of an entity.
    #[error("Entity keys must not contain /, \\, #, ?, or control characters.")]
    ForbiddenCharacterInKey,
}

fn has_forbidden_character(text: &str) -> bool {
    text.chars().any(|c| matches!(c, '/' | '\\' | '#' | '?') || c.is_control())
}

/// The id of an orchestration or entity instance. Compared case-sensitively; cheap to clone.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct InstanceId(Arc<str>);

impl InstanceId {
    /// Checks an id that a user chose for an orchestration.
    ///
    /// # Errors
    /// Says which rule of Durable Functions the text breaks.
    ///
    /// ```
    /// use fnhost_protocol::ids::{InstanceId, InvalidId};
    /// assert!(InstanceId::parse("order-17").is_ok());
    /// assert_eq!(InstanceId::parse("@x"), Err(InvalidId::LeadingAt));
    /// ```
    pub fn parse(text: &str) -> Result<Self, InvalidId> {
        if text.is_empty() {
            return Err(InvalidId::Empty);
        }
        if text.starts_with('@') {
            return Err(InvalidId::LeadingAt);
        }
        if has_forbidden_character(text) {
            return Err(InvalidId::ForbiddenCharacter);
        }
        if text.chars().count() > MAX_INSTANCE_ID_CHARS {
            return Err(InvalidId::TooLong);
        }
        Ok(Self(text.into()))
    }

    /// A fresh id: 32 lower-case hex characters. Ids made later sort later, which keeps indexes compact.
    pub fn generate() -> Self {
        Self(Uuid::now_v7().simple().to_string().into())
    }

    /// Takes a text that was checked when it was stored.
    pub fn from_stored(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is the id of an entity (`@name@key`).
    pub fn is_entity(&self) -> bool {
        self.0.starts_with('@')
    }
}

impl Borrow<str> for InstanceId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for InstanceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for InstanceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", &*self.0)
    }
}

/// The identity of an entity: a name, compared without case, and a key, compared with it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct EntityId {
    name: Arc<str>,
    key: Arc<str>,
}

impl EntityId {
    /// Checks and builds an entity id; the name is lower-cased.
    ///
    /// # Errors
    /// When the name is empty, or name or key hold a forbidden character, or the whole is too long.
    ///
    /// ```
    /// use fnhost_protocol::ids::EntityId;
    /// let counter = EntityId::new("Counter", "MyCounter").unwrap();
    /// assert_eq!(counter.to_string(), "@counter@MyCounter");
    /// assert_eq!(counter, EntityId::new("counter", "MyCounter").unwrap());
    /// ```
    pub fn new(name: &str, key: &str) -> Result<Self, InvalidId> {
        if name.is_empty() || name.contains('@') || has_forbidden_character(name) {
            return Err(InvalidId::NotAnEntity);
        }
        if has_forbidden_character(key) {
            return Err(InvalidId::ForbiddenCharacterInKey);
        }
        if name.chars().count() + key.chars().count() + 2 > MAX_INSTANCE_ID_CHARS {
            return Err(InvalidId::TooLong);
        }
        Ok(Self { name: name.to_lowercase().into(), key: key.into() })
    }

    /// Reads `@name@key`.
    ///
    /// # Errors
    /// When the text has another form.
    pub fn parse(text: &str) -> Result<Self, InvalidId> {
        let (name, key) =
            text.strip_prefix('@').and_then(|rest| rest.split_once('@')).ok_or(InvalidId::NotAnEntity)?;
        Self::new(name, key)
    }

    /// The lower-cased name: which entity function it is.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The key: which of that function's entities it is. May be empty.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The instance that holds this entity.
    pub fn instance_id(&self) -> InstanceId {
        InstanceId::from_stored(self.to_string())
    }
}

impl fmt::Display for EntityId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "@{}@{}", self.name, self.key)
    }
}

/// One call of a function, for logs and traces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct InvocationId(Uuid);

impl InvocationId {
    /// A fresh id.
    pub fn generate() -> Self {
        Self(Uuid::now_v7())
    }
}

impl fmt::Display for InvocationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instance_ids_follow_the_published_rules() {
        for good in ["a", "A b", "sub:1", "ünï", &"x".repeat(256)] {
            assert_eq!(InstanceId::parse(good).unwrap().as_str(), good);
        }
        for (bad, why) in [
            ("", InvalidId::Empty),
            ("@a", InvalidId::LeadingAt),
            ("a/b", InvalidId::ForbiddenCharacter),
            ("a\\b", InvalidId::ForbiddenCharacter),
            ("a#b", InvalidId::ForbiddenCharacter),
            ("a?b", InvalidId::ForbiddenCharacter),
            ("a\u{0}b", InvalidId::ForbiddenCharacter),
            ("a\nb", InvalidId::ForbiddenCharacter),
            (&"x".repeat(257), InvalidId::TooLong),
        ] {
            assert_eq!(InstanceId::parse(bad), Err(why), "{bad:?}");
        }
    }

    #[test]
    fn entity_ids_ignore_the_case_of_the_name_only() {
        let id = EntityId::parse("@RegistryStats@").unwrap();
        assert_eq!((id.name(), id.key()), ("registrystats", ""));
        assert_ne!(EntityId::new("c", "K"), EntityId::new("c", "k"));
        assert_eq!(EntityId::parse("@a@b@c").unwrap().key(), "b@c");
        for bad in ["", "a", "@a", "@@k", "a@b"] {
            assert!(EntityId::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn generated_ids_are_32_lower_case_hex_characters() {
        let id = InstanceId::generate();
        assert_eq!(id.as_str().len(), 32);
        assert!(id.as_str().bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')));
    }
}
