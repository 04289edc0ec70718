//! Benchmarks of fnhost, each figure beside its floor, measured in the same run.
//!
//! `cargo run --release -p fnhost-benches -- [ROW…]`, `--help` names the rows; what the figures mean:
//! `docs/performance.md`.
//!
//! Servers run as processes of their own, from this same executable: `host …` is the host with the functions of
//! [`app`] linked in, `bare` a server of nothing but hyper, `drive` one of several hosts that share a database. Speed is reported and never asserted; what must be exact
//! are the rows that a run leaves in the database.

mod app;
mod args;
mod bare;
mod closed_loop;
mod engine;
mod floor;
mod histogram;
mod load;
mod place;
mod process;
mod report;
mod rows;
mod run;
mod usage;
mod window;
mod workload;

use std::process::ExitCode;

use anyhow::Context as _;
use clap::Parser as _;

use crate::{
    args::{Args, Row},
    place::Kind,
    report::Report,
    rows::{chain, crowd, entities, fan_out, hosts, http, idle, schedules, signal, timers},
};

fn main() -> ExitCode {
    // `host start …` is spelled as the host's own command line knows it.
    match std::env::args().nth(1).as_deref() {
        Some("host") => return fnhost::cli::main(app::registry()),
        Some("bare") => return done(bare::serve()),
        Some("drive") => return done(hosts::drive()),
        _ => {}
    }
    done(run(&Args::parse()))
}

fn done(result: anyhow::Result<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> anyhow::Result<()> {
    if cfg!(debug_assertions) {
        eprintln!(
            "this is a debug build: its figures say nothing. Use `cargo run --release -p fnhost-benches`"
        );
    }
    let mut report = Report::new(args.seconds(), args.repeat());
    let mut failed = 0;
    for (row, measure) in ROWS.iter().filter(|(row, _)| args.wants(*row)) {
        // What is wrong with one says nothing about the others, which take long to measure.
        if let Err(error) = measure.of(args, &mut report) {
            eprintln!("error: failed to measure {row:?}: {error:#}");
            failed += 1;
        }
    }
    println!("{}", report.table());
    report.write(&args.json)?;
    println!("the same as JSON: {}", args.json.display());
    anyhow::ensure!(failed == 0, "{failed} of the rows could not be measured");
    Ok(())
}

/// How a row is measured.
enum Measure {
    Once(fn(&Args, &mut Report) -> anyhow::Result<()>),
    OnEachStore(fn(&Args, Kind, &mut Report) -> anyhow::Result<()>),
}

impl Measure {
    fn of(&self, args: &Args, report: &mut Report) -> anyhow::Result<()> {
        match self {
            Self::Once(measure) => measure(args, report),
            Self::OnEachStore(measure) => args.stores().try_for_each(|kind| {
                measure(args, kind, report).with_context(|| format!("on {}", kind.name()))
            }),
        }
    }
}

const ROWS: &[(Row, Measure)] = &[
    (Row::Http, Measure::Once(http::measure)),
    (Row::Sequence, Measure::OnEachStore(chain::sequence)),
    (Row::Cities, Measure::OnEachStore(chain::cities)),
    (Row::FanOut, Measure::OnEachStore(fan_out::measure)),
    (Row::Signal, Measure::OnEachStore(signal::measure)),
    (Row::Entities, Measure::OnEachStore(entities::measure)),
    (Row::Crowd, Measure::OnEachStore(crowd::measure)),
    (Row::Timers, Measure::OnEachStore(timers::measure)),
    (Row::Schedules, Measure::OnEachStore(schedules::measure)),
    (Row::Hosts, Measure::OnEachStore(hosts::measure)),
    (Row::Idle, Measure::Once(idle::measure)),
];
