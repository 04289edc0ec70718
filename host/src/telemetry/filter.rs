//! Azure's log categories over `tracing`: which lines pass at which level.
//!
//! | line | category |
//! |---|---|
//! | of user code | `Function.<Name>.User` |
//! | of the host about a call of a function | `Function.<Name>` |
//! | of the host and its engine | `Host` and the module, such as `Host.durable_engine` |
//! | of libraries | `Library`: only warnings and worse, unless the level is set |

use std::fmt::Write as _;

use fnhost_sdk::USER_LOG_TARGET;
use tracing::{
    Event, Level, Metadata, Subscriber,
    field::{Field, Visit},
    level_filters::LevelFilter,
};
use tracing_subscriber::layer::{Context, Filter};

use crate::config::{LogLevel, LogLevels};

/// The `tracing` target of the host's own lines about a function's calls; they carry a field `function`.
pub(crate) const CALL_LOG_TARGET: &str = "fnhost::call";

/// Passes lines by category and level.
#[derive(Debug)]
pub(super) struct CategoryFilter {
    levels: LogLevels,
    most: LevelFilter,
}

impl CategoryFilter {
    pub(super) fn new(levels: LogLevels) -> Self {
        let most = levels
            .categories()
            .map(|(_, level)| level)
            .chain([levels.default_level()])
            .map(threshold)
            .max()
            .unwrap_or(LevelFilter::INFO);
        Self { levels, most }
    }

    /// Everything but what user code and calls say has a category that the target alone decides.
    fn category(target: &str) -> Option<String> {
        let ours = ["fnhost", "durable_engine", "durable_sqlite", "durable_core"];
        let (root, rest) = target.split_once("::").unwrap_or((target, ""));
        match target {
            USER_LOG_TARGET | CALL_LOG_TARGET => None,
            _ if ours.contains(&root) => {
                let module = rest.split("::").next().unwrap_or_default();
                let name = if root == "fnhost" { module } else { root };
                Some(if name.is_empty() { "Host".to_owned() } else { format!("Host.{name}") })
            }
            _ => Some("Library".to_owned()),
        }
    }

    fn passes(&self, category: &str, level: Level) -> bool {
        let named = category == "Library" && !self.levels.categories().any(|(name, _)| name == "library");
        let threshold = if named {
            threshold(self.levels.default_level().max(LogLevel::Warning))
        } else {
            threshold(self.levels.of(category))
        };
        level <= threshold
    }
}

fn threshold(level: LogLevel) -> LevelFilter {
    match level {
        LogLevel::Trace => LevelFilter::TRACE,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Information => LevelFilter::INFO,
        LogLevel::Warning => LevelFilter::WARN,
        LogLevel::Error | LogLevel::Critical => LevelFilter::ERROR,
        LogLevel::None => LevelFilter::OFF,
    }
}

impl<S: Subscriber> Filter<S> for CategoryFilter {
    fn enabled(&self, metadata: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        if metadata.is_span() {
            return false;
        }
        match Self::category(metadata.target()) {
            Some(category) => self.passes(&category, *metadata.level()),
            None => *metadata.level() <= self.most,
        }
    }

    fn event_enabled(&self, event: &Event<'_>, _: &Context<'_, S>) -> bool {
        let metadata = event.metadata();
        if Self::category(metadata.target()).is_some() {
            return true;
        }
        let mut function = FunctionField::default();
        event.record(&mut function);
        let mut category = format!("Function.{}", function.0);
        if metadata.target() == USER_LOG_TARGET {
            category.push_str(".User");
        }
        self.passes(&category, *metadata.level())
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.most)
    }
}

/// Picks the field `function` out of an event.
#[derive(Default)]
struct FunctionField(String);

impl Visit for FunctionField {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "function" {
            value.clone_into(&mut self.0);
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        if field.name() == "function" {
            self.0.clear();
            // Writing to a String cannot fail.
            write!(self.0, "{value:?}").ok();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(default: LogLevel, categories: &[(&str, LogLevel)]) -> CategoryFilter {
        let categories = categories.iter().map(|(name, level)| ((*name).to_owned(), *level));
        CategoryFilter::new(LogLevels::new(default, categories))
    }

    #[test]
    fn targets_have_categories() {
        for (target, category) in [
            ("fnhost::runtime::start", Some("Host.runtime")),
            ("fnhost", Some("Host")),
            ("durable_engine::committer", Some("Host.durable_engine")),
            ("notify::inotify", Some("Library")),
            (USER_LOG_TARGET, None),
            (CALL_LOG_TARGET, None),
        ] {
            assert_eq!(CategoryFilter::category(target).as_deref(), category, "{target}");
        }
    }

    #[test]
    fn the_longest_category_wins_and_libraries_only_warn() {
        let filter =
            filter(LogLevel::Information, &[("Function.Add", LogLevel::Debug), ("Host", LogLevel::Error)]);
        assert!(filter.passes("Function.Add.User", Level::DEBUG));
        assert!(!filter.passes("Function.Peek.User", Level::DEBUG));
        assert!(filter.passes("Function.Peek.User", Level::INFO));
        assert!(!filter.passes("Host.runtime", Level::WARN));
        assert!(!filter.passes("Library", Level::INFO));
        assert!(filter.passes("Library", Level::WARN));
    }

    #[test]
    fn libraries_speak_up_when_asked() {
        let filter = filter(LogLevel::Information, &[("Library", LogLevel::Trace)]);
        assert!(filter.passes("Library", Level::TRACE));
    }
}
