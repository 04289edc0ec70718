//! `timerTrigger`: schedule and time zone.

use super::super::trigger::TimerTrigger;
use super::super::written::{WrittenBinding, WrittenFunction};
use super::Context;
use super::one::require;
use crate::config::code::Code;
use crate::config::entry::Entry;
use crate::config::host_file::{HostConfig, MissedRuns};
use crate::config::origin::{FileSpan, Origin};
use crate::config::problem::Problem;
use crate::config::report::Report;
use crate::config::settings::Settings;
use crate::schedule::{Schedule, UnknownZone, Zone};

/// Settings that name the time zone of an app, the first that is there: Azure's, and that of every Unix.
const SETTINGS: [&str; 2] = ["WEBSITE_TIME_ZONE", "TZ"];

/// The time zone of schedules that name none.
pub(in crate::app) enum AppZone {
    Known(Zone),
    /// A setting names one that there is not: a problem of those that need it only, for many machines set `TZ` and most
    /// apps have no timers.
    Unknown {
        setting: &'static str,
        at: Origin,
        why: UnknownZone,
    },
}

/// Finds it: the host file, then settings, then the machine.
pub(in crate::app) fn app_zone(config: &HostConfig, settings: &Settings, report: &mut Report) -> AppZone {
    if let Some(entry) = config.timers().time_zone() {
        return match Zone::find(entry.as_text().unwrap_or_default()) {
            Ok(zone) => AppZone::Known(zone),
            Err(why) => {
                report.push(zone_problem("`extensions.timers.timeZone`", &why, entry));
                AppZone::Known(Zone::utc())
            }
        };
    }
    for name in SETTINGS {
        let (Some(value), Some(at)) = (settings.get(name), settings.origin(name)) else { continue };
        // Container tools pass variables that nobody set as empty text.
        if value.trim().is_empty() {
            continue;
        }
        let found = if name == "TZ" { Zone::of_variable(value) } else { Zone::find(value) };
        return match found {
            Ok(zone) => AppZone::Known(zone),
            Err(why) => AppZone::Unknown { setting: name, at: at.clone(), why },
        };
    }
    AppZone::Known(Zone::of_machine())
}

/// Builds the trigger; what is wrong with it goes to the report.
pub(super) fn build(
    written: &WrittenFunction,
    binding: &WrittenBinding,
    binding_name: String,
    context: &mut Context<'_>,
) -> Option<TimerTrigger> {
    let zone = zone(written, binding, context);
    let Some(entry) = binding.entries.get("bindings.timerTrigger.schedule") else {
        require(written, binding, "schedule", "six fields or a time-span: \"0 */5 * * * *\"", context);
        return None;
    };
    let schedule = schedule(written, entry, context);
    let flag = |path| binding.entries.bool(path);
    let missed_runs = binding.entries.word("bindings.timerTrigger.missedRuns").map(MissedRuns::from_word);
    Some(TimerTrigger {
        binding_name,
        schedule: schedule?,
        zone: zone?,
        run_on_startup: flag("bindings.timerTrigger.runOnStartup").unwrap_or(false),
        use_monitor: flag("bindings.timerTrigger.useMonitor").unwrap_or(true),
        missed_runs: missed_runs.unwrap_or(context.config.timers().missed_runs()),
    })
}

fn schedule(written: &WrittenFunction, entry: &Entry, context: &mut Context<'_>) -> Option<Schedule> {
    let text = entry.as_text()?;
    let schedule = match Schedule::parse(text) {
        Ok(schedule) => schedule,
        Err(error) if entry.is_hidden() => {
            let problem = Problem::error(Code::BadSchedule, "`schedule` is no schedule", entry.at.clone());
            context.push(&written.name, problem.found(entry.quoted()).allowed([error.allowed()]));
            return None;
        }
        Err(error) => {
            let message = format!("`schedule` is no schedule: {}", error.message());
            let problem = Problem::error(Code::BadSchedule, message, part(entry, text, error.range()));
            let problem = problem.allowed([error.allowed()]).maybe_help(error.hint().map(str::to_owned));
            context.push(&written.name, problem);
            return None;
        }
    };
    if schedule.never_fires() {
        let message =
            format!("the function `{}` would never run: no date is allowed by `schedule`", written.name);
        let problem = Problem::error(Code::NeverDue, message, entry.at.clone());
        context
            .push(&written.name, problem.found(entry.quoted()).allowed(["a day that one of the months has"]));
    }
    for remark in schedule.remarks() {
        let (message, at) = if entry.is_hidden() {
            ("`schedule` is not read as most would expect".to_owned(), entry.at.clone())
        } else {
            (remark.message.clone(), part(entry, text, remark.range.clone()))
        };
        let problem = Problem::warning(Code::OddSchedule, message, at);
        context.push(&written.name, problem.help(remark.help.clone()));
    }
    Some(schedule)
}

fn zone(written: &WrittenFunction, binding: &WrittenBinding, context: &mut Context<'_>) -> Option<Zone> {
    if let Some(entry) = binding.entries.get("bindings.timerTrigger.timeZone") {
        return match Zone::find(entry.as_text()?) {
            Ok(zone) => Some(zone),
            Err(why) => {
                context.push(&written.name, zone_problem("`timeZone`", &why, entry));
                None
            }
        };
    }
    match context.zone {
        AppZone::Known(zone) => Some(zone.clone()),
        AppZone::Unknown { setting, at, why } => {
            let message =
                format!("the setting `{setting}` names no time zone, and `{}` needs one", written.name);
            let problem = Problem::error(Code::BadTimeZone, message, at.clone());
            let hint = why.help.clone().filter(|_| !at.is_secret());
            let problem = problem.found("another value (not shown)").allowed([UnknownZone::ALLOWED]);
            context.push(
                &written.name,
                problem.maybe_help(hint).help("or name the zone in host.toml: `extensions.timers.timeZone`"),
            );
            None
        }
    }
}

fn zone_problem(key: &str, why: &UnknownZone, entry: &Entry) -> Problem {
    let problem = Problem::error(Code::BadTimeZone, format!("{key} is no time zone"), entry.at.clone());
    let hint = why.help.clone().filter(|_| !entry.is_hidden());
    problem.found(entry.quoted()).allowed([UnknownZone::ALLOWED]).maybe_help(hint)
}

/// The place of a part of a text, where the text stands in a file as it is; otherwise the place of all of it.
fn part(entry: &Entry, text: &str, range: std::ops::Range<usize>) -> Origin {
    if let Origin::File(FileSpan { file, range: whole }) = &entry.at
        && let Some(written) = file.text().get(whole.clone())
        && [format!("\"{text}\""), format!("'{text}'")].iter().any(|quoted| quoted == written)
    {
        let first = whole.start + 1;
        return Origin::file(file, first + range.start..first + range.end);
    }
    entry.at.clone()
}
