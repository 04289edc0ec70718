//! How much is logged, by category: the section `[logging.logLevel]`.
//!
//! `telemetry` filters with it. Categories are prefixes parted by dots, as in Azure: `Function.Add` rules
//! `Function.Add.User`, and the longest one that matches wins.

use std::collections::BTreeMap;

/// From all to nothing, in Azure's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LogLevel {
    /// Everything.
    Trace,
    /// For those who look for a bug.
    Debug,
    /// What happened.
    Information,
    /// What is odd.
    Warning,
    /// What failed.
    Error,
    /// What brings the host down.
    Critical,
    /// Nothing at all.
    None,
}

impl LogLevel {
    /// The names in ascending order.
    pub const NAMES: &'static [&'static str] =
        &["Trace", "Debug", "Information", "Warning", "Error", "Critical", "None"];

    /// The level of this name, without regard to case.
    pub fn from_name(name: &str) -> Option<Self> {
        let levels = [
            Self::Trace,
            Self::Debug,
            Self::Information,
            Self::Warning,
            Self::Error,
            Self::Critical,
            Self::None,
        ];
        let at = Self::NAMES.iter().position(|known| known.eq_ignore_ascii_case(name))?;
        levels.get(at).copied()
    }

    /// The name.
    pub fn as_str(self) -> &'static str {
        Self::NAMES.get(self as usize).copied().unwrap_or("None")
    }
}

/// The level of every category.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLevels {
    default: LogLevel,
    /// Lower-case category → level.
    categories: BTreeMap<String, LogLevel>,
}

impl LogLevels {
    /// One level for all, and exceptions.
    pub fn new(default: LogLevel, categories: impl IntoIterator<Item = (String, LogLevel)>) -> Self {
        let lower = |(name, level): (String, LogLevel)| (name.to_ascii_lowercase(), level);
        Self { default, categories: categories.into_iter().map(lower).collect() }
    }

    /// The level where no category matches.
    pub fn default_level(&self) -> LogLevel {
        self.default
    }

    /// The exceptions: lower-case category and level.
    pub fn categories(&self) -> impl Iterator<Item = (&str, LogLevel)> {
        self.categories.iter().map(|(name, level)| (name.as_str(), *level))
    }

    /// The level of a category.
    pub fn of(&self, category: &str) -> LogLevel {
        let category = category.to_ascii_lowercase();
        let mut prefix = category.as_str();
        loop {
            if let Some(level) = self.categories.get(prefix) {
                return *level;
            }
            match prefix.rfind('.') {
                Some(dot) => prefix = &prefix[..dot],
                None => return self.default,
            }
        }
    }
}

impl Default for LogLevels {
    fn default() -> Self {
        Self::new(LogLevel::Information, [])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_prefix_wins() {
        let levels = LogLevels::new(
            LogLevel::Warning,
            [("Function".into(), LogLevel::Error), ("Function.Add".into(), LogLevel::Debug)],
        );
        assert_eq!(levels.of("function.ADD.User"), LogLevel::Debug);
        assert_eq!(levels.of("Function.Adder"), LogLevel::Error);
        assert_eq!(levels.of("Functions"), LogLevel::Warning);
    }

    #[test]
    fn names_are_read_without_regard_to_case() {
        assert_eq!(LogLevel::from_name("information"), Some(LogLevel::Information));
        assert_eq!(LogLevel::from_name("verbose"), None);
        assert!(LogLevel::NAMES.iter().all(|name| LogLevel::from_name(name).unwrap().as_str() == *name));
    }
}
