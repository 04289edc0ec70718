//! Keys that come from settings, which is how a deployment brings its own.

use durable_core::store::KeyScope;

use super::error::KeyError;
use super::key::Key;
use super::name::{DEFAULT, MASTER};
use super::snapshot::KnownKey;
use crate::config::settings::Settings;

const MASTER_SETTING: &str = "FNHOST_MASTER_KEY";
const HOST_SETTING: &str = "FNHOST_HOST_KEY";
const FUNCTION_SETTINGS: &str = "FNHOST_FUNCTION_KEY_";

/// The keys that the settings hold. A text that can be no key stops the host: to pass over it would leave out a key
/// that the operator counts on.
pub(super) fn keys(settings: &Settings) -> Result<Vec<KnownKey>, KeyError> {
    settings
        .iter()
        .filter_map(|(setting, text)| Some((setting, text, place(setting)?)))
        .map(|(setting, text, (scope, name))| {
            let key =
                Key::parse(text).map_err(|why| KeyError::Setting { setting: setting.to_owned(), why })?;
            Ok(KnownKey { scope, name: name.to_owned(), hash: key.hash(), setting: Some(setting.into()) })
        })
        .collect()
}

/// Which key a setting holds, if any. Settings are compared without case.
fn place(setting: &str) -> Option<(KeyScope, &'static str)> {
    if setting.eq_ignore_ascii_case(MASTER_SETTING) {
        return Some((KeyScope::Master, MASTER));
    }
    if setting.eq_ignore_ascii_case(HOST_SETTING) {
        return Some((KeyScope::Host, DEFAULT));
    }
    let (prefix, function) = setting.split_at_checked(FUNCTION_SETTINGS.len())?;
    (prefix.eq_ignore_ascii_case(FUNCTION_SETTINGS) && !function.is_empty())
        .then(|| (KeyScope::Function(function.to_ascii_lowercase()), DEFAULT))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "0123456789abcdef";

    fn of(settings: &[(&str, &str)]) -> Result<Vec<KnownKey>, KeyError> {
        keys(&settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn each_setting_has_its_place() {
        let found = of(&[
            ("FNHOST_HOST_KEY", KEY),
            ("FNHOST_MASTER_KEY", KEY),
            ("fnhost_function_key_Hello", KEY),
            ("FNHOST_FUNCTION_KEY_", "not a key"),
            ("FNHOST_OTHER", "not a key"),
        ])
        .unwrap();
        let places: Vec<_> = found.iter().map(|key| (&key.scope, key.name.as_str())).collect();
        assert_eq!(places.len(), 3);
        assert!(places.contains(&(&KeyScope::Master, MASTER)));
        assert!(places.contains(&(&KeyScope::Host, DEFAULT)));
        assert!(places.contains(&(&KeyScope::Function("hello".into()), DEFAULT)));
    }

    #[test]
    fn a_text_that_can_be_no_key_is_named_and_not_shown() {
        let error = of(&[("FNHOST_MASTER_KEY", "hunter2")]).err().unwrap();
        assert_eq!(
            error.to_string(),
            "the key in the setting `FNHOST_MASTER_KEY` has 7 characters; allowed are 16 to 256"
        );
        assert!(!format!("{error:?}").contains("hunter2"));
    }
}
