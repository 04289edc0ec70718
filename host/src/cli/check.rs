//! `check`: everything is read and nothing is started.

use fnhost_sdk::Registry;

use super::{
    ExitStatus,
    args::CheckArgs,
    run::{say, style},
};
use crate::{
    config::{Arguments, Environment},
    runtime,
};

pub(super) fn run(args: &CheckArgs, registry: &Registry) -> ExitStatus {
    let environment = Environment::of_process();
    let loaded = runtime::load_app(&args.app.app, &environment, &Arguments::default(), registry, false);
    let (report, functions) = match loaded {
        Ok(loaded) => (loaded.problems, loaded.functions.len()),
        Err(report) => (report, 0),
    };
    if args.json {
        say(report.to_json());
    } else if report.is_empty() {
        eprintln!("no problems in {functions} functions");
    } else {
        eprint!("{}", report.render(style()));
    }
    if report.is_fatal_in_strict_mode() { ExitStatus::Failed } else { ExitStatus::Success }
}
