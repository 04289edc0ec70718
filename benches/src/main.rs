//! Benchmarks of fnhost, each figure beside its floor, measured in the same run.
//!
//! `cargo run --release -p fnhost-benches -- [http|sequence|idle|all]`; what the figures mean: `docs/performance.md`.
//!
//! Servers run as processes of their own, from this same executable: `host …` is the host with the functions of
//! [`app`] linked in, `bare` a server of nothing but hyper. Speed is reported and never asserted; what must be exact
//! are the rows that a run leaves in the database.

mod app;
mod args;
mod bare;
mod histogram;
mod http;
mod idle;
mod load;
mod process;
mod report;
mod sequence;
mod usage;
mod window;

use std::process::ExitCode;

use anyhow::Context as _;
use clap::Parser as _;

use crate::{
    args::{Args, What},
    report::Report,
};

fn main() -> ExitCode {
    // `host start …` is spelled as the host's own command line knows it.
    match std::env::args().nth(1).as_deref() {
        Some("host") => return fnhost::cli::main(app::registry()),
        Some("bare") => return done(bare::serve()),
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
    let mut report = Report::new(args.seconds, args.repeat);
    for (what, measure) in MEASUREMENTS {
        if args.what == What::All || args.what == *what {
            measure(args, &mut report).with_context(|| format!("failed to measure {what:?}"))?;
        }
    }
    println!("{}", report.table());
    report.write(&args.json)?;
    println!("the same as JSON: {}", args.json.display());
    Ok(())
}

type Measure = fn(&Args, &mut Report) -> anyhow::Result<()>;

const MEASUREMENTS: &[(What, Measure)] =
    &[(What::Http, http::measure), (What::Sequence, sequence::measure), (What::Idle, idle::measure)];
