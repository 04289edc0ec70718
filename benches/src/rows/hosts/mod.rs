//! Several hosts that share a database, each in a process of its own with clients of its own.

mod driver;
mod order;

use std::{
    io::BufReader,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use anyhow::{Context as _, ensure};
use order::{Go, Order, Ready, Share, hear, say};

use crate::{
    app::SEQUENCE,
    args::Args,
    histogram::Histogram,
    place::{self, Kind, Place},
    report::{Bound, Gauge, Point, Report, Series, Unit},
    run::Run,
    workload::{self, Side},
};

pub(crate) use driver::drive;

/// How many hosts, and how the report calls that.
const HOSTS: [(usize, &str); 3] =
    [(1, "sequence of 3, 1 host"), (2, "sequence of 3, 2 hosts"), (3, "sequence of 3, 3 hosts")];

/// Clients of each.
const AT_ONCE: usize = 128;

/// One, two and three hosts in turns; a database that only one can have is passed over.
pub(crate) fn measure(args: &Args, kind: Kind, report: &mut Report) -> anyhow::Result<()> {
    if !kind.is_shared() {
        return Ok(());
    }
    let new = |_| (Series::new("engine"), Series::new("commits alone"));
    let mut series = HOSTS.map(new);
    for _ in 0..args.repeat() {
        for ((hosts, _), (engine, floor)) in HOSTS.iter().zip(&mut series) {
            engine.push(run(args, kind, Side::Engine, *hosts)?);
            floor.push(run(args, kind, Side::Floor, *hosts)?);
        }
    }
    for (number, (hosts, _)) in HOSTS.iter().enumerate().skip(1) {
        let ratios = series[number].0.of(&series[0].0, |run| run.per_second);
        let gauge = Gauge::new("speed of several hosts", format!("{hosts} of 1"), Unit::Ratio, &ratios);
        report.gauge(gauge.on(kind.name()).wanted(Bound::AtLeast(1.0)));
    }
    for ((hosts, what), (engine, floor)) in HOSTS.into_iter().zip(series) {
        report.point(Point::speeds(what, hosts * AT_ONCE, vec![engine], floor).on(kind.name()));
    }
    Ok(())
}

/// One run of so many processes, and its rows checked.
fn run(args: &Args, kind: Kind, side: Side, hosts: usize) -> anyhow::Result<Run> {
    let place = Place::new(kind, args)?;
    let plan = place.plan(args)?;
    let order = Order {
        side,
        kind,
        folder: place.folder().to_owned(),
        database: place.url(),
        database_pid: plan.database,
        at_once: AT_ONCE,
        warm_up: plan.warm_up,
        seconds: plan.seconds,
    };
    let runtime = workload::runtime()?;
    let meter = runtime.block_on(place.meter())?;
    let mut drivers = (0..hosts).map(|_| Driver::start(&order)).collect::<anyhow::Result<Vec<_>>>()?;
    drivers.iter_mut().try_for_each(Driver::go)?;
    let shares = drivers.into_iter().map(Driver::share).collect::<anyhow::Result<Vec<_>>>()?;
    let answers = shares.iter().map(|share| share.answers).sum();
    let written = runtime.block_on(meter.stop())?;
    runtime.block_on(place.check(&place::chains(SEQUENCE, answers, 0)))?;
    let per_answer = |count: u64| Some(count as f64 / answers as f64);
    Ok(Run {
        transactions: per_answer(written.transactions),
        syncs: per_answer(written.syncs),
        ..together(&shares)
    })
}

/// What all did in the same time.
fn together(shares: &[Share]) -> Run {
    let mut latencies = Histogram::new();
    shares.iter().for_each(|share| latencies.merge(&share.latencies));
    let sum = |figure: fn(&Run) -> f64| shares.iter().map(|share| figure(&share.run)).sum::<f64>();
    let per_second = sum(|run| run.per_second);
    // What the database and the machine did, each has seen all of.
    let seen_by = shares.len() as f64;
    let database: Option<f64> =
        shares.iter().map(|share| Some(share.run.database_cpu_micros? * share.run.per_second)).sum();
    Run {
        per_second,
        p50_micros: latencies.quantile(0.5).as_secs_f64() * 1e6,
        p99_micros: latencies.quantile(0.99).as_secs_f64() * 1e6,
        cpu_micros: sum(|run| run.cpu_micros * run.per_second) / per_second,
        database_cpu_micros: database.map(|per_second_of_all| per_second_of_all / seen_by / per_second),
        busy: sum(|run| run.busy) / seen_by,
        transactions: None,
        syncs: None,
    }
}

/// One process.
struct Driver {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Driver {
    /// Returns when its side is up.
    fn start(order: &Order) -> anyhow::Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        let mut child = command.arg("drive").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let input = child.stdin.take().context("a piped stdin is there")?;
        let output = BufReader::new(child.stdout.take().context("a piped stdout is there")?);
        let mut driver = Self { child, input, output };
        say(&mut driver.input, order)?;
        hear::<Ready>(&mut driver.output).context("a driver did not start")?;
        Ok(driver)
    }

    fn go(&mut self) -> anyhow::Result<()> {
        say(&mut self.input, &Go {})
    }

    /// What it did, when it has ended.
    fn share(mut self) -> anyhow::Result<Share> {
        let share = hear(&mut self.output)?;
        let status = self.child.wait()?;
        ensure!(status.success(), "a driver ended with {status}");
        Ok(share)
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // Both fail when it has ended already.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn shares_add_up() {
        let share = |per_second: f64, cpu_micros: f64, millis: u64| {
            let mut latencies = Histogram::new();
            (0..100).for_each(|_| latencies.add(Duration::from_millis(millis)));
            let run = Run {
                per_second,
                p50_micros: 0.0,
                p99_micros: 0.0,
                cpu_micros,
                // 3,000 µs per second, which both have seen.
                database_cpu_micros: Some(3_000.0 / per_second),
                busy: 0.5,
                transactions: None,
                syncs: None,
            };
            Share { run, answers: 100, latencies }
        };
        let run = together(&[share(100.0, 10.0, 1), share(200.0, 40.0, 9)]);
        assert_eq!((run.per_second, run.cpu_micros, run.busy), (300.0, 30.0, 0.5));
        assert_eq!(run.database_cpu_micros.map(f64::round), Some(10.0));
        assert!((run.p50_micros / 1_000.0).round() == 1.0 && (run.p99_micros / 1_000.0).round() == 9.0);
    }
}
