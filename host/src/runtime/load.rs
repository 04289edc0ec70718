//! The app of a folder, held against the linked handlers and the router.

use std::path::Path;

use fnhost_protocol::HandlerInfo;
use fnhost_sdk::Registry;

use crate::{
    app::{self, LoadOptions, Loaded},
    config::{Arguments, Environment, Report},
    triggers::http::{check_route, contradictions},
};

/// Loads and validates an app; see [`app::load()`].
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
    load_with(app, environment, arguments, Some(&handlers), strict)
}

fn load_with(
    app: &Path,
    environment: &Environment,
    arguments: &Arguments,
    handlers: Option<&[HandlerInfo]>,
    strict: bool,
) -> Result<Loaded, Report> {
    let mut loaded = app::load(&LoadOptions {
        app,
        environment,
        arguments,
        handlers,
        strict,
        route_check: Some(&check_route),
    })?;
    for (function, problem) in contradictions(&loaded.functions) {
        loaded.leave_out(&function, problem);
    }
    if strict && loaded.problems.is_fatal_in_strict_mode() {
        return Err(loaded.problems);
    }
    Ok(loaded)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn routes_that_only_the_table_finds_contradictory_leave_one_function_out() {
        let app = tempfile::tempdir().unwrap();
        fs::write(app.path().join("host.toml"), "version = \"2.0\"\n").unwrap();
        for (name, route) in [("First", "x/{n:int=1}"), ("Second", "x/{n:int?}"), ("Other", "y")] {
            let folder = app.path().join("functions").join(name);
            fs::create_dir_all(&folder).unwrap();
            let bindings =
                format!("[[bindings]]\ntype = \"httpTrigger\"\nname = \"req\"\nroute = \"{route}\"\n");
            fs::write(folder.join("function.toml"), bindings).unwrap();
        }
        let load =
            |strict| load_with(app.path(), &Environment::default(), &Arguments::default(), None, strict);
        let loaded = load(false).unwrap();
        assert_eq!(loaded.left_out, ["Second"]);
        assert_eq!(loaded.functions.len(), 2);
        assert!(loaded.problems.breaks("Second"), "{}", loaded.problems.summary());
        assert!(load(true).is_err());
    }
}
