//! `list`: the app's functions and what triggers them.

use fnhost_sdk::Registry;
use serde_json::json;

use super::{ExitStatus, args::ListArgs, run::style};
use crate::{
    app::{Function, Functions, Trigger},
    config::{Arguments, Environment},
    runtime,
};

pub(super) fn run(args: &ListArgs, registry: &Registry) -> ExitStatus {
    let environment = Environment::of_process();
    let loaded = match runtime::load_app(&args.app.app, &environment, &Arguments::default(), registry, false)
    {
        Ok(loaded) => loaded,
        Err(report) => {
            eprint!("{}", report.render(style()));
            return ExitStatus::InvalidApp;
        }
    };
    if !loaded.problems.is_empty() {
        eprintln!("{}", loaded.problems.render(style()));
    }
    if args.json {
        let functions: Vec<_> = loaded.functions.iter().map(|function| as_json(function)).collect();
        let answer = json!({"functions": functions, "leftOut": loaded.left_out});
        super::run::say(answer);
    } else {
        let origin = format!("http://127.0.0.1:{}", loaded.config.port());
        super::run::say(describe(&loaded.functions, &loaded.left_out, &origin).trim_end());
    }
    ExitStatus::Success
}

fn as_json(function: &Function) -> serde_json::Value {
    let mut value = json!({
        "name": &**function.name(),
        "trigger": function.trigger().kind().binding_type(),
        "file": function.file(),
        "disabled": function.is_disabled(),
    });
    if let Some(http) = function.trigger().as_http() {
        value["route"] = json!(format!("/{}", http.route));
        value["methods"] =
            json!(http.methods.as_ref().map(|all| all.iter().map(ToString::to_string).collect::<Vec<_>>()));
        value["authLevel"] = json!(http.auth_level.as_str());
    }
    if let Some(timer) = function.trigger().as_timer() {
        value["schedule"] = json!(timer.schedule.text());
        value["timeZone"] = json!(timer.zone.name());
    }
    value
}

/// The functions as people read them, each HTTP function with a link.
pub(super) fn describe(functions: &Functions, left_out: &[String], origin: &str) -> String {
    let mut text = String::new();
    let width = functions.iter().map(|function| function.name().len()).max().unwrap_or(0);
    text.push_str("Functions:\n");
    for function in functions.iter() {
        let name = function.name();
        let what = match function.trigger() {
            _ if function.is_disabled() => "disabled".to_owned(),
            Trigger::Http(http) => {
                let methods = match &http.methods {
                    None => "ANY".to_owned(),
                    Some(methods) => {
                        methods.iter().map(|method| method.as_str()).collect::<Vec<_>>().join(",")
                    }
                };
                format!("[{methods}] {origin}/{}", http.route)
            }
            Trigger::Timer(timer) => format!("timerTrigger {} ({})", timer.schedule.text(), timer.zone),
            other => other.kind().binding_type().to_owned(),
        };
        text.push_str(&format!("  {name:width$}  {what}\n"));
    }
    if functions.is_empty() {
        text.push_str("  none\n");
    }
    if !left_out.is_empty() {
        text.push_str(&format!("Left out, see the problems above: {}\n", left_out.join(", ")));
    }
    text
}
