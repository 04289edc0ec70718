//! A host that has nothing to do: its memory, and how long it takes until it can be asked. Beside it the bare server,
//! which shows what a process and its runtime alone cost.

use std::{thread, time::Duration};

use crate::{
    args::Args,
    process::Server,
    report::{Gauge, Report, Unit},
    usage,
};

/// Starts of each kind.
const STARTS: usize = 20;

/// What is left of starting is over by then.
const SETTLED: Duration = Duration::from_secs(1);

/// Each of these settles for [`SETTLED`].
const LOOKED_AT: usize = 5;

pub(crate) fn measure(args: &Args, report: &mut Report) -> anyhow::Result<()> {
    let host = Starts::of(args, Server::host, Server::stop)?;
    let bare = Starts::of(args, Server::bare, |bare| {
        drop(bare);
        Ok(())
    })?;
    for (who, starts) in [("fnhost", &host), ("bare hyper", &bare)] {
        let ours = who == "fnhost";
        let resident = Gauge::new("idle memory, resident", who, Unit::Megabytes, &starts.resident);
        report.gauge(if ours { resident.wanted("at most 30 MB") } else { resident });
        report.gauge(Gauge::new("idle memory, proportional", who, Unit::Megabytes, &starts.proportional));
        report.gauge(Gauge::new("start to ready, first", who, Unit::Milliseconds, &starts.first));
        let again = Gauge::new("start to ready, again", who, Unit::Milliseconds, &starts.again);
        report.gauge(if ours { again.wanted("at most 100 ms") } else { again });
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
    fn of(
        args: &Args,
        start: impl Fn(&std::path::Path) -> anyhow::Result<Server>,
        stop: impl Fn(Server) -> anyhow::Result<()>,
    ) -> anyhow::Result<Self> {
        let mut starts = Self::default();
        for number in 0..STARTS {
            let scratch = args.scratch()?;
            for times in [&mut starts.first, &mut starts.again] {
                let server = start(scratch.path())?;
                times.push(server.ready_after().as_secs_f64() * 1e3);
                stop(server)?;
            }
            if number < LOOKED_AT {
                let server = start(scratch.path())?;
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
