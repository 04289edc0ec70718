//! What users read when their app is broken: one small app per folder of `broken_apps/`, each wrong in several files,
//! and beside it the report, `expected.txt`, compared letter by letter and reviewed like code.
//!
//! `FNHOST_BLESS=1 cargo test -p fnhost --test check_golden` rewrites the reports. An app may bring along
//! `handlers.txt` (name, trigger, source: the handlers that are compiled in; without the file nothing is said of
//! handlers), `environment.txt` (NAME=value) and `arguments.txt` (flag, host or local, key, value).

use std::path::{Path, PathBuf};

use fnhost::app::{LoadOptions, load};
use fnhost::config::{Arguments, Environment, Style};
use fnhost_protocol::{HandlerInfo, TriggerKind};

fn apps() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/broken_apps");
    let mut apps: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("the folder of broken apps is there")
        .map(|entry| entry.expect("its entries can be read").path())
        .filter(|path| path.is_dir())
        .collect();
    apps.sort();
    apps
}

/// The lines of a side file that are not comments; `None` without the file.
fn lines(app: &Path, name: &str) -> Option<Vec<String>> {
    let text = std::fs::read_to_string(app.join(name)).ok()?;
    Some(text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).map(str::to_owned).collect())
}

fn handlers(app: &Path) -> Option<Vec<HandlerInfo>> {
    let handler = |line: String| {
        let [name, kind, source] = line.split(' ').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let kind =
            TriggerKind::ALL.into_iter().find(|known| known.binding_type() == kind).expect("a trigger type");
        HandlerInfo { name: name.to_owned(), kind, source: source.to_owned() }
    };
    Some(lines(app, "handlers.txt")?.into_iter().map(handler).collect())
}

fn arguments(app: &Path) -> Arguments {
    let mut arguments = Arguments::default();
    for line in lines(app, "arguments.txt").unwrap_or_default() {
        let [flag, file, key, value] = line.splitn(4, ' ').collect::<Vec<_>>()[..] else { panic!("{line}") };
        arguments = match file {
            "host" => arguments.host(flag, key, value),
            _ => arguments.local(flag, key, value),
        };
    }
    arguments
}

/// What the host would do, then the whole report.
fn report(app: &Path) -> String {
    let environment: Environment = lines(app, "environment.txt")
        .unwrap_or_default()
        .iter()
        .map(|line| line.split_once('=').expect("NAME=value"))
        .collect();
    let handlers = handlers(app);
    let options = LoadOptions {
        app,
        environment: &environment,
        arguments: &arguments(app),
        handlers: handlers.as_deref(),
        strict: false,
        route_check: None,
    };
    let mut text = String::new();
    let problems = match load(&options) {
        Ok(loaded) => {
            let names: Vec<&str> = loaded.functions.iter().map(|function| &**function.name()).collect();
            text = format!("starts with: {}\nleft out: {}\n", names.join(", "), loaded.left_out.join(", "));
            loaded.problems
        }
        Err(problems) => {
            text.push_str("does not start\n");
            problems
        }
    };
    assert!(problems.is_fatal_in_strict_mode(), "{} is not broken", app.display());
    let json = serde_json::to_value(&problems).expect("reports are JSON");
    assert_eq!(json["problems"].as_array().map(Vec::len), Some(problems.problems().len()));
    text.push('\n');
    let rendered = problems.render(Style::Plain);
    text + &rendered.lines().map(str::trim_end).collect::<Vec<_>>().join("\n") + "\n"
}

#[test]
fn reports_are_as_reviewed() {
    let apps = apps();
    assert!(apps.len() >= 25, "{} apps", apps.len());
    let mut differing = Vec::new();
    for app in &apps {
        let report = report(app);
        let file = app.join("expected.txt");
        if std::env::var_os("FNHOST_BLESS").is_some() {
            std::fs::write(&file, &report).unwrap();
        }
        let expected = std::fs::read_to_string(&file).unwrap_or_default();
        if report != expected {
            differing.push(format!("--- {} ---\n{report}", app.display()));
        }
    }
    assert!(differing.is_empty(), "reports differ (FNHOST_BLESS=1 rewrites them):\n{}", differing.join("\n"));
}

#[test]
fn no_report_shows_a_secret() {
    for app in apps() {
        let report = report(&app);
        for secret in ["4711", "0815"] {
            assert!(!report.contains(secret), "{report}");
        }
    }
}

#[test]
fn reports_do_not_depend_on_the_run() {
    for app in apps() {
        assert_eq!(report(&app), report(&app));
    }
}
