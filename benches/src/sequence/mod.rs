//! A sequence of three activities on SQLite, synced to disk: through the engine, through the whole host over HTTP, and
//! the floor, the same commits without engine and user code.
//!
//! Each run has a database of its own, and the rows that it leaves are counted: one instance and four runs of history
//! per sequence, and nothing that waits.

mod disk;
mod engine;
mod floor;
mod over_http;
mod rows;
mod turns;

use crate::{
    args::Args,
    report::{Gauge, Point, Report, Series, Unit},
    window::Plan,
};

/// Clients at once.
const AT_ONCE: [usize; 3] = [1, 16, 128];

pub(crate) fn measure(args: &Args, report: &mut Report) -> anyhow::Result<()> {
    let mut syncs = Vec::new();
    for at_once in AT_ONCE {
        let mut engine = Series::new("engine");
        let mut host = Series::new("host, over HTTP");
        let mut floor = Series::new("commits alone");
        for _ in 0..args.repeat {
            let plan = Plan { warm_up: args.warm_up(), seconds: args.seconds, pid: std::process::id() };
            let scratch = args.scratch()?;
            engine.push(engine::run(scratch.path(), at_once, plan)?);
            let scratch = args.scratch()?;
            host.push(over_http::run(scratch.path(), at_once, plan)?);
            let scratch = args.scratch()?;
            floor.push(floor::run(scratch.path(), at_once, plan)?);
            syncs.extend(disk::sync_micros(scratch.path())?);
        }
        report.point(Point::new("sequence of 3 activities", at_once, vec![engine, host], floor));
    }
    report.gauge(Gauge::new("4 pages written and synced", "fdatasync", Unit::Microseconds, &syncs));
    Ok(())
}
