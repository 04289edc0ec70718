//! The settings of the app: `[values]` of `local.settings.toml`, overridden by the environment.

use std::{collections::HashMap, fmt, ops::Deref, str::FromStr, sync::Arc, time::Duration};

use crate::{
    error::{Error, Result, type_label},
    seconds::Seconds,
};

/// All settings of the app, as texts. Cheap to clone. Any function takes it as a parameter.
///
/// One is always there: `AzureWebJobsScriptRoot`, the app's folder as an absolute path, below which its data files lie.
///
/// ```
/// # use fnhost_sdk::{Result, Settings};
/// pub async fn run(_input: String, settings: Settings) -> Result<String> {
///     Ok(settings.get("GreetingText")?.to_string())
/// }
/// ```
#[derive(Clone, Default)]
pub struct Settings(Arc<HashMap<String, String>>);

impl Settings {
    /// The setting of this name.
    ///
    /// # Errors
    /// When it is not set; the message says where to set it.
    ///
    /// ```
    /// # use fnhost_sdk::Settings;
    /// let settings = Settings::from_iter([("Retries", "3")]);
    /// assert_eq!(settings.get("Retries").unwrap().parse::<u32>().unwrap(), 3);
    /// assert_eq!(
    ///     settings.get("Colour").unwrap_err().to_string(),
    ///     "setting `Colour` is missing: add it to [values] in local.settings.toml, or to the environment"
    /// );
    /// ```
    #[track_caller]
    pub fn get(&self, name: &str) -> Result<Setting> {
        match self.find(name) {
            Some(setting) => Ok(setting),
            None => Err(Error::new(format_args!(
                "setting `{name}` is missing: add it to [values] in local.settings.toml, or to the environment"
            ))),
        }
    }

    /// The setting of this name, or `None` when it is not set.
    ///
    /// ```
    /// # use fnhost_sdk::Settings;
    /// assert!(Settings::default().find("Colour").is_none());
    /// ```
    pub fn find(&self, name: &str) -> Option<Setting> {
        let value = self.0.get(name)?;
        Some(Setting { name: name.into(), value: value.as_str().into() })
    }
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for Settings {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        Self(Arc::new(pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect()))
    }
}

/// Shows names only: values may be secrets.
impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut names: Vec<_> = self.0.keys().collect();
        names.sort();
        f.debug_tuple("Settings").field(&names).finish()
    }
}

/// One setting: a text that knows its name, so that a wrong value is reported with it.
///
/// ```
/// # use fnhost_sdk::Settings;
/// let settings = Settings::from_iter([("Window", "five")]);
/// assert_eq!(
///     settings.get("Window").unwrap().seconds().unwrap_err().to_string(),
///     "setting `Window` is `five`; allowed: seconds from 0 up, such as 300 or 0.5"
/// );
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Setting {
    name: Arc<str>,
    value: Arc<str>,
}

impl Setting {
    /// The text.
    ///
    /// ```
    /// # use fnhost_sdk::Settings;
    /// let settings = Settings::from_iter([("Colour", "red")]);
    /// assert_eq!(settings.get("Colour").unwrap().as_str(), "red");
    /// ```
    pub fn as_str(&self) -> &str {
        &self.value
    }

    /// Reads the text as a number, a boolean, or anything else that can be read from a text.
    ///
    /// # Errors
    /// When it cannot; the message names the setting, its value and the type.
    ///
    /// ```
    /// # use fnhost_sdk::Settings;
    /// let settings = Settings::from_iter([("Retries", "many")]);
    /// assert_eq!(
    ///     settings.get("Retries").unwrap().parse::<u32>().unwrap_err().to_string(),
    ///     "setting `Retries` is `many`, which is no `u32`: invalid digit found in string"
    /// );
    /// ```
    #[track_caller]
    pub fn parse<T>(&self) -> Result<T>
    where
        T: FromStr,
        T::Err: fmt::Display,
    {
        match self.value.trim().parse() {
            Ok(value) => Ok(value),
            Err(error) => Err(Error::new(format_args!(
                "setting `{}` is `{}`, which is no `{}`: {error}",
                self.name,
                self.value,
                type_label::<T>()
            ))),
        }
    }

    /// Reads the text as a number of seconds; decimals are allowed.
    ///
    /// # Errors
    /// When it is no such number; the message names the setting and its value.
    ///
    /// ```
    /// # use fnhost_sdk::Settings;
    /// # use std::time::Duration;
    /// let settings = Settings::from_iter([("Window", "0.5")]);
    /// assert_eq!(settings.get("Window").unwrap().seconds().unwrap(), Duration::from_millis(500));
    /// ```
    #[track_caller]
    pub fn seconds(&self) -> Result<Duration> {
        match self.value.parse::<Seconds>() {
            Ok(seconds) => Ok(seconds.into()),
            Err(allowed) => {
                Err(Error::new(format_args!("setting `{}` is `{}`; {allowed}", self.name, self.value)))
            }
        }
    }
}

impl Deref for Setting {
    type Target = str;

    fn deref(&self) -> &str {
        &self.value
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.value)
    }
}

/// Shows the name only: the value may be a secret.
impl fmt::Debug for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Setting").field(&self.name).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_never_show_in_debug_output() {
        let settings = Settings::from_iter([("Key", "secret"), ("A", "1")]);
        assert_eq!(format!("{settings:?}"), r#"Settings(["A", "Key"])"#);
        assert_eq!(format!("{:?}", settings.get("Key").unwrap()), r#"Setting("Key")"#);
    }
}
