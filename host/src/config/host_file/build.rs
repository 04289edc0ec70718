//! From checked entries to `HostConfig`.

use std::path::Path;

use super::blobs::BlobsConfig;
use super::cors::Cors;
use super::durable::DurableConfig;
use super::host_config::{HostConfig, NamedAt};
use super::http::HttpConfig;
use super::timers::TimersConfig;
use crate::config::entry::Entries;
use crate::config::loglevel::{LogLevel, LogLevels};
use crate::config::report::Report;
use crate::config::settings::Settings;

/// Builds the configuration; problems that only several keys together have go to the report.
///
/// `host` and `local` hold the defaults below all other layers. A value with a problem was left out before, so its
/// default stands in: the report is fatal then, but the function files are still checked against something sensible.
pub(crate) fn build(
    host: &Entries,
    local: &Entries,
    settings: &Settings,
    app: &Path,
    report: &mut Report,
) -> HostConfig {
    let functions = host.texts("functions").map(|names| {
        names.iter().map(|(name, entry)| NamedAt { name: (*name).to_owned(), at: entry.at.clone() }).collect()
    });
    HostConfig {
        function_timeout: need(host.span("functionTimeout")),
        functions,
        http: HttpConfig::build(host, report),
        blobs: BlobsConfig::build(host),
        timers: TimersConfig::build(host),
        durable: DurableConfig::build(host, settings, app, report),
        log_levels: log_levels(host),
        port: u16::try_from(need(local.int("host.localHttpPort"))).unwrap_or_default(),
        cors: Cors::build(local, report),
    }
}

fn log_levels(host: &Entries) -> LogLevels {
    let level = |entry: &crate::config::entry::Entry| match entry.value {
        crate::config::entry::Typed::Word(word) => LogLevel::from_name(word),
        _ => None,
    };
    let named: Vec<(String, LogLevel)> = host
        .map("logging.logLevel")
        .iter()
        .filter_map(|(name, entry)| Some((name.clone(), level(entry)?)))
        .collect();
    let is_default = |name: &str| name.eq_ignore_ascii_case("default");
    let default =
        named.iter().find(|(name, _)| is_default(name)).map_or(LogLevel::Information, |(_, level)| *level);
    LogLevels::new(default, named.into_iter().filter(|(name, _)| !is_default(name)))
}

/// A value that has a default.
pub(super) fn need<T>(value: Option<T>) -> T {
    value
        .expect("defaults/*.toml holds every key that has no default in words: a test of defaults.rs says so")
}

/// A number that is never negative.
pub(super) fn count(entries: &Entries, path: &str) -> usize {
    usize::try_from(need(entries.int(path))).unwrap_or_default()
}

/// A number for which -1 is no limit.
pub(super) fn limit(entries: &Entries, path: &str) -> Option<usize> {
    usize::try_from(need(entries.int(path))).ok()
}
