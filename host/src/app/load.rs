//! Loads a function app: configuration, folders, function files, handlers, everything in one run and one report.

use std::collections::BTreeSet;
use std::path::Path;

use fnhost_protocol::HandlerInfo;

use super::discover;
use super::function::{Function, Functions};
use super::validate::{self, Context};
use super::written;
use crate::config::code::Code;
use crate::config::host_file::HostConfig;
use crate::config::origin::Origin;
use crate::config::overrides::Arguments;
use crate::config::problem::Problem;
use crate::config::read;
use crate::config::report::Report;
use crate::config::settings::{Environment, Settings};

/// Compiles a full route template and says in a few words why that fails. The router stands above this room, so
/// whoever wires the host hands its check down.
pub type RouteCheck = dyn Fn(&str) -> Result<(), String> + Sync;

/// What to load, and what to hold it against.
#[derive(Clone, Copy)]
pub struct LoadOptions<'a> {
    /// The app's folder.
    pub app: &'a Path,
    /// The environment, read once.
    pub environment: &'a Environment,
    /// Keys from the command line.
    pub arguments: &'a Arguments,
    /// The handlers of this binary; `None` leaves the cross-check out, for a binary that only looks at files.
    pub handlers: Option<&'a [HandlerInfo]>,
    /// Whether errors and warnings of functions are fatal too.
    pub strict: bool,
    /// Checks routes in depth.
    pub route_check: Option<&'a RouteCheck>,
}

/// An app that can run: its configuration is valid, and so are the functions in it.
#[derive(Debug)]
#[non_exhaustive]
pub struct Loaded {
    /// The host's configuration.
    pub config: HostConfig,
    /// The app's settings.
    pub settings: Settings,
    /// The functions that serve.
    pub functions: Functions,
    /// Names of the functions that were found and do not serve, because of a problem in `problems`.
    pub left_out: Vec<String>,
    /// Everything that there is to say; nothing in it is fatal.
    pub problems: Report,
}

impl Loaded {
    /// Takes a function out that proved unusable later, for a reason that only a higher room can know.
    pub fn leave_out(&mut self, function: &str, problem: Problem) {
        self.functions.remove(function);
        self.left_out.push(function.to_owned());
        self.left_out.sort();
        self.problems.push(problem.of_function(&function.into()));
        self.problems.sort();
    }
}

/// Loads the app.
///
/// # Errors
///
/// The whole report when the host file or the settings have an error, or in strict mode when there is any error or
/// warning. Otherwise functions with errors are left out and the report is a part of what is returned.
pub fn load(options: &LoadOptions<'_>) -> Result<Loaded, Report> {
    let mut report = Report::new();
    if !options.app.is_dir() {
        // Everything else would only say the same thing again, once for each thing that is missing.
        let folder = Origin::Path(options.app.display().to_string());
        let problem =
            Problem::error(Code::Unreadable, "the app's folder does not exist or is no folder", folder);
        report.push(problem.help("name the folder that holds `host.toml`, or make one with `init`"));
        return Err(report);
    }
    let configuration = read::read(options.app, options.environment, options.arguments, &mut report);
    let (config, settings) = (configuration.host, configuration.settings);

    let mut folders = discover::discover(options.app, &mut report);
    let all: BTreeSet<String> = folders.iter().map(|folder| folder.name.to_ascii_lowercase()).collect();
    validate::allow_list(&config, &folders, &mut report);
    if let Some(wanted) = config.functions() {
        folders.retain(|folder| wanted.iter().any(|wanted| wanted.name.eq_ignore_ascii_case(&folder.name)));
    }
    validate::unique_names(&folders, &mut report);

    let written: Vec<_> =
        folders.into_iter().map(|folder| written::read(folder, &settings, &mut report)).collect();
    let zone = validate::app_zone(&config, &settings, &mut report);
    let mut context = Context {
        config: &config,
        settings: &settings,
        zone: &zone,
        route_check: options.route_check,
        report: &mut report,
    };
    let functions: Vec<Function> =
        written.iter().filter_map(|written| validate::one(written, &mut context)).collect();
    validate::route_conflicts(&functions, &mut report);
    validate::unique_durable_names(&functions, &mut report);
    if let Some(handlers) = options.handlers {
        validate::handlers(&written, &all, handlers, &mut report);
    }

    report.sort();
    if report.is_fatal() || options.strict && report.is_fatal_in_strict_mode() {
        return Err(report);
    }
    let serves = |function: &Function| !report.breaks(function.name());
    let functions: Functions = functions
        .into_iter()
        .filter(serves)
        .map(|function| with_handler(function, options.handlers))
        .collect();
    let is_out = |name: &&str| functions.get(name).is_none();
    let mut left_out: Vec<String> =
        written.iter().map(|written| &*written.name).filter(is_out).map(str::to_owned).collect();
    left_out.sort();
    left_out.dedup();
    Ok(Loaded { config, settings, functions, left_out, problems: report })
}

/// Functions find their handler by the exact name under which it was registered.
fn with_handler(function: Function, handlers: Option<&[HandlerInfo]>) -> Function {
    match handlers.and_then(|handlers| validate::find_handler(handlers, function.entry_point())) {
        Some(handler) => function.with_entry_point(handler.name.as_str()),
        None => function,
    }
}

#[cfg(test)]
#[path = "load_tests.rs"]
mod tests;
