//! `timers`: when the app's timers run next. Reads the files only; no host need run.

use std::{fmt::Write as _, iter};

use fnhost_protocol::time::Timestamp;
use fnhost_sdk::Registry;
use serde_json::json;

use super::{
    ExitStatus,
    args::TimersArgs,
    run::{say, style},
};
use crate::{
    app::{Function, TimerTrigger},
    config::{Arguments, Environment},
    runtime,
};

pub(super) fn run(args: &TimersArgs, registry: &Registry) -> ExitStatus {
    let environment = Environment::of_process();
    let loaded = runtime::load_app(&args.app.app, &environment, &Arguments::default(), registry, false);
    let loaded = match loaded {
        Ok(loaded) => loaded,
        Err(report) => {
            eprint!("{}", report.render(style()));
            return ExitStatus::InvalidApp;
        }
    };
    if !loaded.problems.is_empty() {
        eprintln!("{}", loaded.problems.render(style()));
    }
    let is_wanted =
        |name: &str| args.function.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(name));
    let timers: Vec<(&Function, &TimerTrigger)> = loaded
        .functions
        .iter()
        .filter(|function| is_wanted(function.name()))
        .filter_map(|function| Some((&**function, function.trigger().as_timer()?)))
        .collect();
    if let (Some(wanted), true) = (&args.function, timers.is_empty()) {
        eprintln!("error: the app has no timer `{wanted}` that could run");
        return ExitStatus::Failed;
    }
    let after = args.after.unwrap_or_else(|| Timestamp::from(std::time::SystemTime::now()));
    let next = |timer: &TimerTrigger| -> Vec<Timestamp> {
        let first = timer.schedule.next_after(after, &timer.zone);
        let times = iter::successors(first, |last| timer.schedule.next_after(*last, &timer.zone));
        times.take(usize::from(args.count)).collect()
    };
    if args.json {
        say(json!({
            "timers": timers.iter().map(|(function, timer)| as_json(function, timer, &next(timer))).collect::<Vec<_>>(),
        }));
    } else {
        let texts: Vec<String> =
            timers.iter().map(|(function, timer)| describe(function, timer, &next(timer))).collect();
        say(if texts.is_empty() { "The app has no timers.".to_owned() } else { texts.join("\n") });
    }
    ExitStatus::Success
}

fn as_json(function: &Function, timer: &TimerTrigger, next: &[Timestamp]) -> serde_json::Value {
    let time = |at: &Timestamp| json!({"utc": at.to_seconds_text(), "local": timer.zone.show(*at)});
    json!({
        "name": &**function.name(),
        "schedule": timer.schedule.text(),
        "timeZone": timer.zone.name(),
        "disabled": function.is_disabled(),
        "next": next.iter().map(time).collect::<Vec<_>>(),
    })
}

/// A timer as people read it: its schedule, then a line for each time.
fn describe(function: &Function, timer: &TimerTrigger, next: &[Timestamp]) -> String {
    let off = if function.is_disabled() { ", disabled" } else { "" };
    let mut text = format!("{}  {} ({}{off})", function.name(), timer.schedule.text(), timer.zone);
    for at in next {
        write!(text, "\n  {}  {}", at.to_seconds_text(), timer.zone.show(*at))
            .expect("a string takes all text");
    }
    text
}
