//! A host whose timers write down what they do, a line of JSON for each, so that a test can tell to the last run what was
//! run, where, and what was run twice. The tests of timers start it; its folder is written by them.

use std::{fs, fs::OpenOptions, io::Write, process, process::ExitCode, thread, time::Duration};

use fnhost_sdk::{InvocationInfo, Registry, Result, Settings, TimerInfo, bail};
use serde_json::json;

/// The file that lines are appended to.
const LOG: &str = "TickerLog";
/// `Hold` runs until this file is there.
const GATE: &str = "TickerGate";
/// So many attempts of `Fail` fail.
const FAILURES: u32 = 2;

async fn tick(timer: TimerInfo, info: InvocationInfo, settings: Settings) -> Result<()> {
    note("ran", &timer, &info, &settings)
}

/// Holds its thread, of which the host has more.
async fn hold(timer: TimerInfo, info: InvocationInfo, settings: Settings) -> Result<()> {
    note("began", &timer, &info, &settings)?;
    let gate = settings.get(GATE)?.to_string();
    while !fs::exists(&gate)? {
        thread::sleep(Duration::from_millis(5));
    }
    note("ended", &timer, &info, &settings)
}

async fn fail(timer: TimerInfo, info: InvocationInfo, settings: Settings) -> Result<()> {
    note("ran", &timer, &info, &settings)?;
    if info.attempt() <= FAILURES {
        bail!("attempt {} fails", info.attempt());
    }
    Ok(())
}

/// One write to a file that is appended to: lines of many processes do not mix.
fn note(what: &str, timer: &TimerInfo, info: &InvocationInfo, settings: &Settings) -> Result<()> {
    let line = json!({
        "function": info.function(),
        "what": what,
        "slot": timer.slot().to_seconds_text(),
        "late": timer.is_past_due(),
        "attempt": info.attempt(),
        "last": timer.schedule_status().and_then(|status| status.last).map(|last| last.to_seconds_text()),
        "pid": process::id(),
    });
    let path = settings.get(LOG)?.to_string();
    let mut log = OpenOptions::new().append(true).create(true).open(path)?;
    log.write_all(format!("{line}\n").as_bytes())?;
    Ok(())
}

fn main() -> ExitCode {
    const SOURCE: &str = "tests/ticker/main.rs";
    fnhost::cli::main(
        Registry::new()
            .timer("A", SOURCE, tick)
            .timer("B", SOURCE, tick)
            .timer("C", SOURCE, tick)
            .timer("Hold", SOURCE, hold)
            .timer("Fail", SOURCE, fail),
    )
}
