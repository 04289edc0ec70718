//! Reads all configuration of an app except its functions: local settings, host file, and what overrides them.
//!
//! The order of the layers, from below: defaults, host file, local settings, environment, arguments.

use std::path::Path;
use std::sync::Arc;

use super::code::Code;
use super::defaults;
use super::entry::{Entries, Typed};
use super::files;
use super::host_file::{self, HostConfig};
use super::keys::place::Place;
use super::keys::spec::Doc;
use super::origin::Origin;
use super::overrides::{self, Arguments};
use super::problem::Problem;
use super::report::Report;
use super::settings::{Environment, Settings, SettingsBuilder};
use super::suggest;
use super::toml_doc::Secrecy;
use super::walk::Walker;

/// The configuration of an app.
#[derive(Debug)]
pub struct Configuration {
    /// The host's part.
    pub host: HostConfig,
    /// The app's settings.
    pub settings: Settings,
}

/// Reads the configuration of the app in this folder. Whatever is wrong goes to the report; the values that are good,
/// and defaults for the others, are returned in any case, so that the functions can be checked in the same run.
pub fn read(
    app: &Path,
    environment: &Environment,
    arguments: &Arguments,
    report: &mut Report,
) -> Configuration {
    let mut local = defaults::entries(Doc::Local, report);
    local.overlay(local_file(app, report));
    let settings = settings(&local, environment);
    local.overlay(arguments.entries(Doc::Local, &settings, report));

    let mut host = defaults::entries(Doc::Host, report);
    host.overlay(host_file(app, &settings, report));
    host.overlay(overrides::from_settings(&settings, report));
    host.overlay(arguments.entries(Doc::Host, &settings, report));

    let host = host_file::build(&host, &local, &settings, app, report);
    Configuration { host, settings }
}

fn local_file(app: &Path, report: &mut Report) -> Entries {
    let secrecy = Secrecy::SecretBut(&["isEncrypted", "host"]);
    let Some(document) = files::read(app, "", "local.settings", secrecy, report) else {
        return Entries::default();
    };
    let file = Arc::clone(&document.file);
    let entries = Walker { file: &file, settings: None, function: None, report }
        .walk(&document.root, Place::Section(Doc::Local, ""));
    if let (Some(true), Some(entry)) = (entries.bool("isEncrypted"), entries.get("isEncrypted")) {
        let problem = Problem::error(
            Code::Encrypted,
            "local.settings.toml says that it is encrypted",
            entry.at.clone(),
        );
        report.push(problem.allowed(["isEncrypted = false"]).help(
            "decrypt the values and set `isEncrypted = false`, or pass secrets by environment variables",
        ));
    }
    entries
}

fn settings(local: &Entries, environment: &Environment) -> Settings {
    let mut builder = SettingsBuilder::default();
    for (name, entry) in local.map("connectionStrings") {
        if let Typed::Text(value) = &entry.value {
            builder.connection(name, value.clone(), entry.at.clone());
        }
    }
    for (name, entry) in local.map("values") {
        if let Typed::Text(value) = &entry.value {
            builder.value(name, value.clone(), entry.at.clone());
        }
    }
    builder.environment(environment);
    builder.build()
}

fn host_file(app: &Path, settings: &Settings, report: &mut Report) -> Entries {
    let before = report.problems().len();
    let Some(document) = files::read(app, "", "host", Secrecy::Open, report) else {
        if report.problems().len() == before {
            let message = "host.toml is missing, so this folder is not a function app";
            let problem = Problem::error(Code::NoHostFile, message, Origin::Path("host.toml".to_owned()));
            report.push(problem.help("create it; the smallest one is `version = \"2.0\"`"));
        }
        return Entries::default();
    };
    let file = Arc::clone(&document.file);
    let mut walker = Walker { file: &file, settings: Some(settings), function: None, report };
    let entries = walker.walk(&document.root, Place::Section(Doc::Host, ""));
    // A misspelt `version` has been reported as such.
    let has_version =
        document.root.entries.iter().any(|(key, _)| suggest::nearest(&key.name, ["version"]).is_some());
    if document.complete && !has_version {
        let problem = Problem::error(
            Code::MissingKey,
            "host.toml has no `version`",
            Origin::Path("host.toml".to_owned()),
        );
        report.push(problem.allowed(["\"2.0\""]).help("add the line `version = \"2.0\"` at the top"));
    }
    entries
}

#[cfg(test)]
#[path = "read_tests.rs"]
mod tests;
