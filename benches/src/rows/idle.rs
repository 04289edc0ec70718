//! A host that has nothing to do: its memory, and how long it takes until it can be asked. Beside it the bare server,
//! which shows what a process and its runtime alone cost.

use std::{thread, time::Duration};

use crate::{
    args::Args,
    place::{Kind, Place},
    process::Server,
    report::{Bound, Gauge, Report, Unit},
    usage,
};

/// Starts of each kind.
const STARTS: u64 = 20;

/// What is left of starting is over by then.
const SETTLED: Duration = Duration::from_secs(1);

/// Each of these settles for [`SETTLED`].
const LOOKED_AT: u64 = 5;

pub(crate) fn measure(args: &Args, report: &mut Report) -> anyhow::Result<()> {
    let host = Starts::of(args, || Place::new(Kind::Sqlite, args), Server::host, Server::stop)?;
    let bare = Starts::of(
        args,
        || args.scratch(),
        |scratch| Server::bare(scratch.path()),
        |bare| {
            drop(bare);
            Ok(())
        },
    )?;
    for (who, starts) in [("fnhost", &host), ("bare hyper", &bare)] {
        let ours = who == "fnhost";
        let resident = Gauge::new("idle memory, resident", who, Unit::Megabytes, &starts.resident);
        report.gauge(if ours { resident.wanted(Bound::Below(30.0)) } else { resident });
        report.gauge(Gauge::new("idle memory, proportional", who, Unit::Megabytes, &starts.proportional));
        report.gauge(Gauge::new("start to ready, first", who, Unit::Milliseconds, &starts.first));
        let again = Gauge::new("start to ready, again", who, Unit::Milliseconds, &starts.again);
        report.gauge(if ours { again.wanted(Bound::Below(100.0)) } else { again });
    }
    Ok(())
}

/// Figures of many starts.
#[derive(Default)]
struct Starts {
    resident: Vec<f64>,
    proportional: Vec<f64>,
    /// In an empty folder: the database is made.
    first: Vec<f64>,
    /// Where the first has been.
    again: Vec<f64>,
}

impl Starts {
    fn of<Scratch>(
        args: &Args,
        scratch: impl Fn() -> anyhow::Result<Scratch>,
        start: impl Fn(&Scratch) -> anyhow::Result<Server>,
        stop: impl Fn(Server) -> anyhow::Result<()>,
    ) -> anyhow::Result<Self> {
        let mut starts = Self::default();
        for number in 0..args.crowd(STARTS) {
            let scratch = scratch()?;
            for times in [&mut starts.first, &mut starts.again] {
                let server = start(&scratch)?;
                times.push(server.ready_after().as_secs_f64() * 1e3);
                stop(server)?;
            }
            if number < LOOKED_AT {
                let server = start(&scratch)?;
                thread::sleep(SETTLED);
                let memory = usage::memory(server.pid())?;
                starts.resident.push(memory.resident as f64 / 1e6);
                starts.proportional.push(memory.proportional as f64 / 1e6);
                stop(server)?;
            }
        }
        Ok(starts)
    }
}
