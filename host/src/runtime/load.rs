//! The app of a folder, held against the linked handlers and the router.

use std::path::Path;

use fnhost_sdk::Registry;

use crate::{
    app::{self, LoadOptions, Loaded},
    config::{Arguments, Environment, Report},
    triggers::http::check_route,
};

/// Loads and validates an app; see [`app::load`].
///
/// # Errors
/// The whole report, when the app cannot run.
pub fn load_app(
    app: &Path,
    environment: &Environment,
    arguments: &Arguments,
    registry: &Registry,
    strict: bool,
) -> Result<Loaded, Report> {
    let handlers: Vec<_> = registry.handlers().cloned().collect();
    app::load(&LoadOptions {
        app,
        environment,
        arguments,
        handlers: Some(&handlers),
        strict,
        route_check: Some(&check_route),
    })
}
