//! All keys at one moment, and the check against them. Immutable, so that requests share it without a lock.

use std::collections::BTreeMap;
use std::sync::Arc;

use durable_core::store::{KeyScope, StoredKey};
use subtle::Choice;

use super::key::KeyHash;

/// What a check found out. Both refusals are one answer to the caller, 401 without a body; they are told apart for
/// logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// The caller may pass.
    Allowed,
    /// There was no key.
    Missing,
    /// The key opens nothing here.
    Wrong,
}

impl Decision {
    /// Whether the caller may pass.
    pub fn is_allowed(self) -> bool {
        self == Self::Allowed
    }
}

/// What may be told of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyInfo {
    /// What it opens.
    pub scope: KeyScope,
    /// Its name within the scope.
    pub name: String,
    /// The setting that it comes from; `None` when it is stored.
    pub setting: Option<String>,
}

/// A key whose hash is known.
#[derive(Clone)]
pub(super) struct KnownKey {
    pub(super) scope: KeyScope,
    pub(super) name: String,
    pub(super) hash: KeyHash,
    pub(super) setting: Option<Arc<str>>,
}

impl From<StoredKey> for KnownKey {
    fn from(stored: StoredKey) -> Self {
        let StoredKey { scope, name, hash } = stored;
        Self { scope, name, hash: KeyHash(hash), setting: None }
    }
}

/// What is to be opened. Anonymous doors never get here.
#[derive(Clone, Copy)]
pub(super) enum Door<'a> {
    Function(&'a str),
    Admin,
    System(&'a str),
}

impl Door<'_> {
    fn is_opened_by(self, scope: &KeyScope) -> bool {
        match (scope, self) {
            (KeyScope::Master, _) | (KeyScope::Host, Self::Function(_)) => true,
            (KeyScope::Function(name), Self::Function(function)) => name.eq_ignore_ascii_case(function),
            (KeyScope::System(name), Self::System(extension)) => name.eq_ignore_ascii_case(extension),
            _ => false,
        }
    }
}

/// The keys of the database with those of the settings in front.
#[derive(Default)]
pub(super) struct Snapshot(Vec<KnownKey>);

impl Snapshot {
    pub(super) fn new(stored: impl IntoIterator<Item = KnownKey>, of_settings: &[KnownKey]) -> Self {
        let place = |key: &KnownKey| (rank(&key.scope), key.name.clone());
        let mut keys: BTreeMap<_, KnownKey> = stored.into_iter().map(|key| (place(&key), key)).collect();
        keys.extend(of_settings.iter().map(|key| (place(key), key.clone())));
        Self(keys.into_values().collect())
    }

    /// Whether what a caller presents opens the door. All keys of the door are tried, whichever fits; `passkey` opens
    /// every door.
    pub(super) fn check(
        &self,
        door: Door<'_>,
        presented: Option<&str>,
        passkey: Option<&KeyHash>,
    ) -> Decision {
        let Some(presented) = presented.filter(|text| !text.is_empty()) else { return Decision::Missing };
        let Some(hash) = KeyHash::of_presented(presented) else { return Decision::Wrong };
        let of_door = self.0.iter().filter(|key| door.is_opened_by(&key.scope)).map(|key| &key.hash);
        let candidates = of_door.chain(passkey);
        let fits = candidates.fold(Choice::from(0), |fits, candidate| fits | candidate.same(&hash));
        if fits.into() { Decision::Allowed } else { Decision::Wrong }
    }

    pub(super) fn find(&self, scope: &KeyScope, name: &str) -> Option<&KnownKey> {
        self.0.iter().find(|key| key.scope == *scope && key.name == name)
    }

    /// Ordered by scope and name.
    pub(super) fn list(&self) -> Vec<KeyInfo> {
        let info = |key: &KnownKey| KeyInfo {
            scope: key.scope.clone(),
            name: key.name.clone(),
            setting: key.setting.as_deref().map(str::to_owned),
        };
        self.0.iter().map(info).collect()
    }

    pub(super) fn has_master(&self) -> bool {
        self.0.iter().any(|key| key.scope == KeyScope::Master)
    }
}

/// Scopes have no order of their own; lists and places need one.
fn rank(scope: &KeyScope) -> (u8, String) {
    match scope {
        KeyScope::Master => (0, String::new()),
        KeyScope::Host => (1, String::new()),
        KeyScope::Function(name) => (2, name.to_ascii_lowercase()),
        KeyScope::System(name) => (3, name.to_ascii_lowercase()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::key::Key;

    const MASTER: &str = "master-0123456789";
    const HOST: &str = "host-0123456789ab";
    const HELLO: &str = "hello-0123456789a";
    const OTHER: &str = "other-0123456789a";
    const SYSTEM: &str = "system-0123456789";

    fn key(scope: KeyScope, name: &str, text: &str) -> KnownKey {
        let hash = Key::parse(text).unwrap().hash();
        KnownKey { scope, name: name.into(), hash, setting: None }
    }

    fn snapshot() -> Snapshot {
        let keys = [
            key(KeyScope::Master, "_master", MASTER),
            key(KeyScope::Host, "default", HOST),
            key(KeyScope::Function("hello".into()), "default", HELLO),
            key(KeyScope::Function("other".into()), "default", OTHER),
            key(KeyScope::System("ext".into()), "default", SYSTEM),
        ];
        Snapshot::new(keys, &[])
    }

    #[test]
    fn every_door_opens_to_its_keys_and_no_other() {
        let doors: [(Door<'_>, &[&str]); 5] = [
            (Door::Function("Hello"), &[MASTER, HOST, HELLO]),
            (Door::Function("nobody"), &[MASTER, HOST]),
            (Door::Admin, &[MASTER]),
            (Door::System("EXT"), &[MASTER, SYSTEM]),
            (Door::System("hello"), &[MASTER]),
        ];
        let snapshot = snapshot();
        for (door, openers) in doors {
            for presented in [MASTER, HOST, HELLO, OTHER, SYSTEM, "unknown-0123456789"] {
                let expected = if openers.contains(&presented) { Decision::Allowed } else { Decision::Wrong };
                assert_eq!(snapshot.check(door, Some(presented), None), expected, "{presented}");
            }
            assert_eq!(snapshot.check(door, None, None), Decision::Missing);
            assert_eq!(snapshot.check(door, Some(""), None), Decision::Missing);
            assert_eq!(snapshot.check(door, Some("short"), None), Decision::Wrong);
            assert_eq!(snapshot.check(door, Some(&MASTER.to_uppercase()), None), Decision::Wrong);
        }
    }

    #[test]
    fn without_keys_nothing_opens() {
        assert_eq!(Snapshot::default().check(Door::Admin, Some(MASTER), None), Decision::Wrong);
        assert!(!Snapshot::default().has_master());
    }

    #[test]
    fn a_key_of_a_setting_hides_the_stored_one_of_its_name() {
        let stored = [key(KeyScope::Host, "default", HOST), key(KeyScope::Host, "partner", OTHER)];
        let of_setting = KnownKey { setting: Some("S".into()), ..key(KeyScope::Host, "default", HELLO) };
        let snapshot = Snapshot::new(stored, &[of_setting]);
        let check = |text| snapshot.check(Door::Function("f"), Some(text), None).is_allowed();
        assert_eq!([check(HOST), check(HELLO), check(OTHER)], [false, true, true]);
        let listed: Vec<_> = snapshot.list().into_iter().map(|key| (key.name, key.setting)).collect();
        assert_eq!(listed, [("default".into(), Some("S".into())), ("partner".into(), None)]);
    }
}
