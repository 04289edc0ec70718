//! Ten thousand timers due in the same second, with the sweep off: how late each is called, by the machine's clock.

use std::{fs, path::Path, time::Duration};

use anyhow::ensure;
use fnhost::{
    runtime::{Host, HostOptions},
    shutdown::Shutdown,
};
use fnhost_protocol::time::Timestamp;
use tokio::task::JoinSet;

use crate::{
    app,
    args::Args,
    floor,
    histogram::Histogram,
    place::{self, Kind, Place},
    report::{Point, Report, Series, Wanted},
    run::{Run, Stopwatch},
    workload,
};

/// How many.
const TIMERS: u64 = 10_000;

/// Time to load them all before they are due.
const LEAD: Duration = Duration::from_secs(40);
const LEAD_OF_FEW: Duration = Duration::from_secs(8);

/// After they were due; what has not run by then is lost.
const PATIENCE: Duration = Duration::from_secs(60);

/// Both sides, in turns.
pub(crate) fn measure(args: &Args, kind: Kind, report: &mut Report) -> anyhow::Result<()> {
    let mut called = Series::new("timers, called").wanted(Some(Wanted::P99Micros(250_000.0)));
    let mut sleepers = Series::new("sleepers alone");
    for _ in 0..args.repeat() {
        called.push(run_host(args, &Place::new(kind, args)?)?);
        sleepers.push(run_sleepers(args)?);
    }
    let at_once = usize::try_from(args.crowd(TIMERS))?;
    report.point(Point::latencies("timers of one second", at_once, vec![called], sleepers).on(kind.name()));
    Ok(())
}

/// A whole second that is far enough ahead.
fn due(args: &Args) -> Timestamp {
    let lead = if args.crowd(TIMERS) < TIMERS { LEAD_OF_FEW } else { LEAD };
    let due = floor::now().saturating_add(lead).as_micros();
    Timestamp::from_micros(due - due.rem_euclid(1_000_000))
}

fn run_host(args: &Args, place: &Place) -> anyhow::Result<Run> {
    let (count, due) = (args.crowd(TIMERS), due(args));
    write_timers(place.folder(), count, due)?;
    app::take_calls();
    workload::runtime()?.block_on(async {
        let options = HostOptions {
            database: Some(place.database()?),
            port: Some(0),
            announced: false,
            ..HostOptions::new(place.folder())
        };
        let host = Host::start(options, app::registry(), |_| ()).await?;
        let shutdown = Shutdown::new();
        let running = tokio::spawn(host.run(shutdown.clone()));
        ensure!(floor::now() < due, "the host had not begun when its timers were due");
        floor::sleep_until(due).await;
        let stopwatch = Stopwatch::start(place.plan(args)?)?;
        let mut calls = Vec::new();
        while (calls.len() as u64) < count {
            ensure!(
                floor::now() < due.saturating_add(PATIENCE),
                "{} of {count} timers have run",
                calls.len()
            );
            tokio::time::sleep(Duration::from_millis(10)).await;
            calls.extend(app::take_calls());
        }
        let spent = stopwatch.stop()?;
        shutdown.begin_graceful();
        let stopped = running.await?;
        ensure!(stopped.clean, "the host did not stop cleanly");
        calls.extend(app::take_calls());
        ensure!(calls.len() as u64 == count, "{} runs of {count} timers", calls.len());
        ensure!(calls.iter().all(|call| call.slot == due), "some ran for another time");
        // Each of them once: as many receipts as timers, of as many timers.
        place.check(&place::slots(count)).await?;
        let mut late = Histogram::new();
        calls.iter().for_each(|call| late.add(call.late));
        spent.run(&late)
    })
}

/// Timers of one second of the day, all of one handler.
fn write_timers(folder: &Path, count: u64, due: Timestamp) -> anyhow::Result<()> {
    let host = "version = \"2.0\"\n[extensions.timers]\ntimeZone = \"UTC\"\nsweepInterval = \"-1\"\n";
    fs::write(folder.join("host.toml"), host)?;
    let second = due.as_micros() / 1_000_000;
    let (hour, minute, second) = (second / 3_600 % 24, second / 60 % 60, second % 60);
    let text = format!(
        "entryPoint = \"{}\"\n[[bindings]]\ntype = \"timerTrigger\"\nname = \"timer\"\n\
         schedule = \"{second} {minute} {hour} * * *\"\n",
        app::ALARM
    );
    for number in 0..count {
        let folder = folder.join("functions").join(format!("T{number:05}"));
        fs::create_dir_all(&folder)?;
        fs::write(folder.join("function.toml"), &text)?;
    }
    Ok(())
}

/// The floor: as many tasks that sleep until the second and look at the clock.
fn run_sleepers(args: &Args) -> anyhow::Result<Run> {
    let count = args.crowd(TIMERS);
    workload::runtime()?.block_on(async {
        let due = Timestamp::from_micros(floor::now().as_micros() / 1_000_000 * 1_000_000 + 2_000_000);
        let mut sleepers = JoinSet::new();
        for _ in 0..count {
            sleepers.spawn(async move {
                floor::sleep_until(due).await;
                floor::now().since(due)
            });
        }
        let stopwatch = Stopwatch::start(args.plan())?;
        let mut late = Histogram::new();
        while let Some(slept) = sleepers.join_next().await {
            late.add(slept?);
        }
        stopwatch.stop()?.run(&late)
    })
}
