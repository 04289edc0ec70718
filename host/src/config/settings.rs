//! The app's settings: `[values]` and `[connectionStrings]` of the local file below the environment of the process.
//!
//! Handlers, binding expressions and the host read settings from this map. The environment of the process is read
//! once and never changed: changing it is a data race with every library that reads it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::origin::Origin;

/// Prefix of the settings that hold `[connectionStrings]`.
const CONNECTION_STRINGS: &str = "ConnectionStrings__";

/// The environment of the process at one moment.
#[derive(Clone, Default)]
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// Reads the environment of this process. Variables that are no text are left out: no setting can name them.
    pub fn of_process() -> Self {
        let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        Self(std::env::vars_os().filter_map(text).collect())
    }

    /// Name and value of every variable, ordered by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Environment {
    fn from_iter<T: IntoIterator<Item = (N, V)>>(variables: T) -> Self {
        Self(variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Environment({} variables)", self.0.len())
    }
}

/// One setting.
#[derive(Clone)]
struct Setting {
    /// As it was written.
    name: String,
    value: String,
    origin: Origin,
}

/// Settings by name, without regard to case. Cheap to clone.
#[derive(Clone, Default)]
pub struct Settings {
    /// By lower-case name with `__` for `:`.
    map: Arc<BTreeMap<String, Setting>>,
}

impl Settings {
    /// The value of a setting. `A:B` is another spelling of `A__B`.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.map.get(&key(name)).map(|setting| setting.value.as_str())
    }

    /// Where a setting was written.
    pub fn origin(&self, name: &str) -> Option<&Origin> {
        self.map.get(&key(name)).map(|setting| &setting.origin)
    }

    /// The names, ordered without regard to case.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.map.values().map(|setting| setting.name.as_str())
    }

    /// Name and value of every setting, to hand them to a worker. Not for printing.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.map.values().map(|setting| (setting.name.as_str(), setting.value.as_str()))
    }

    /// The connection of this name: a setting of the name itself, of `ConnectionStrings`, or with Azure's prefix.
    pub fn connection(&self, name: &str) -> Option<&str> {
        self.get(name)
            .or_else(|| self.get(&format!("{CONNECTION_STRINGS}{name}")))
            .or_else(|| self.get(&format!("AzureWebJobs{name}")))
    }
}

impl fmt::Debug for Settings {
    /// Names only: values are secrets until proven otherwise.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.names().map(|name| (name, "***"))).finish()
    }
}

/// Collects settings from below: what comes later wins.
#[derive(Default)]
pub(crate) struct SettingsBuilder(BTreeMap<String, Setting>);

impl SettingsBuilder {
    pub(crate) fn value(&mut self, name: &str, value: String, origin: Origin) {
        self.0.insert(key(name), Setting { name: name.to_owned(), value, origin });
    }

    pub(crate) fn connection(&mut self, name: &str, value: String, origin: Origin) {
        self.value(&format!("{CONNECTION_STRINGS}{name}"), value, origin);
    }

    pub(crate) fn environment(&mut self, environment: &Environment) {
        for (name, value) in environment.iter() {
            self.value(name, value.to_owned(), Origin::Environment(name.to_owned()));
        }
    }

    pub(crate) fn build(self) -> Settings {
        Settings { map: Arc::new(self.0) }
    }
}

impl FromIterator<(String, String)> for Settings {
    fn from_iter<T: IntoIterator<Item = (String, String)>>(values: T) -> Self {
        let mut builder = SettingsBuilder::default();
        builder.environment(&values.into_iter().collect());
        builder.build()
    }
}

fn key(name: &str) -> String {
    name.replace(':', "__").to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> Settings {
        let mut builder = SettingsBuilder::default();
        let file = || Origin::Path("local.settings.toml".into());
        builder.value("Name", "file".into(), file());
        builder.value("Only__File", "s3cret".into(), file());
        builder.connection("Db", "s3cret too".into(), file());
        builder.environment(&Environment::from_iter([("NAME", "environment")]));
        builder.build()
    }

    #[test]
    fn the_environment_wins_and_case_does_not_matter() {
        let settings = settings();
        assert_eq!(settings.get("name"), Some("environment"));
        assert_eq!(settings.get("only:FILE"), Some("s3cret"));
        assert_eq!(settings.connection("db"), Some("s3cret too"));
        assert_eq!(settings.get("other"), None);
        assert_eq!(settings.names().collect::<Vec<_>>(), ["ConnectionStrings__Db", "NAME", "Only__File"]);
    }

    #[test]
    fn debug_shows_no_value() {
        let shown = format!("{:?} {:?}", settings(), Environment::from_iter([("A", "s3cret")]));
        assert!(shown.contains("Only__File") && !shown.contains("s3cret"), "{shown}");
    }
}
