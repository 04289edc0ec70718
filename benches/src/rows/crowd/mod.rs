//! A million finished and a hundred thousand waiting instances in the same database: what they cost while sequences run, and
//! while nothing runs.

mod fill;

use std::{thread, time::Duration};

use fill::Crowd;

use super::chain::Greetings;
use crate::{
    app::SEQUENCE,
    args::Args,
    load::Load,
    place::{Kind, Place},
    process::Server,
    report::{Bound, Gauge, Point, Report, Series, Unit},
    usage,
    window::Plan,
    workload::{self, Side},
};

/// Clients at once.
const AT_ONCE: [usize; 2] = [1, 128];

/// What is left of starting is over by then.
const SETTLED: Duration = Duration::from_secs(2);

/// Fills a database once, and measures there and in empty ones in turns.
pub(crate) fn measure(args: &Args, kind: Kind, report: &mut Report) -> anyhow::Result<()> {
    let crowd = Crowd { finished: args.crowd(1_000_000), waiting: args.crowd(100_000) };
    let place = Place::new(kind, args)?;
    workload::runtime()?.block_on(crowd.fill(&place))?;
    idle(args, kind, &place, report)?;
    sequences(args, kind, &place, report)?;
    workload::runtime()?.block_on(crowd.check(&place))
}

/// Hosts in processes of their own: how soon they are ready, what they take to do nothing, and how much memory some work
/// makes of it.
fn idle(args: &Args, kind: Kind, place: &Place, report: &mut Report) -> anyhow::Result<()> {
    let (mut ready, mut idle, mut cpu, mut busy) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..args.repeat() {
        let server = Server::host(place)?;
        ready.push(server.ready_after().as_secs_f64() * 1e3);
        thread::sleep(SETTLED);
        let before = usage::cpu_time(server.pid())?;
        thread::sleep(args.seconds());
        let spent = usage::cpu_time(server.pid())?.saturating_sub(before);
        cpu.push(100.0 * spent.as_secs_f64() / args.seconds().as_secs_f64());
        idle.push(usage::memory(server.pid())?.resident as f64 / 1e6);
        let request = format!("POST /orchestrators/{}/wait", SEQUENCE.orchestrator);
        let load = Load {
            url: server.url(),
            request: &request,
            answer: SEQUENCE.greetings,
            connections: AT_ONCE[1],
        };
        load.drive(Plan { pid: server.pid(), ..place.plan(args)? })?;
        busy.push(usage::memory(server.pid())?.highest as f64 / 1e6);
        server.stop()?;
    }
    let gauges = [
        ("start to ready", Unit::Milliseconds, ready, 1_000.0),
        ("CPU while nothing runs", Unit::PercentOfCore, cpu, 1.0),
        ("memory, resident, idle", Unit::Megabytes, idle, 200.0),
        ("memory, resident, highest under load", Unit::Megabytes, busy, 200.0),
    ];
    for (what, unit, figures, wanted) in gauges {
        let gauge = Gauge::new(what, "host in a crowd", unit, &figures).on(kind.name());
        report.gauge(gauge.wanted(Bound::Below(wanted)));
    }
    Ok(())
}

/// Sequences in the crowd and in empty databases.
fn sequences(args: &Args, kind: Kind, place: &Place, report: &mut Report) -> anyhow::Result<()> {
    let work = Greetings::new(SEQUENCE);
    let last = || workload::runtime()?.block_on(place.last_key());
    for at_once in AT_ONCE {
        let mut crowded = Series::new("engine, in a crowd");
        let (mut empty, mut floor) = (Series::new("engine, empty"), Series::new("commits alone, in a crowd"));
        for _ in 0..args.repeat() {
            crowded.push(workload::run(args, Side::Engine, place, last()?, at_once, &work)?);
            empty.push(workload::run(args, Side::Engine, &Place::new(kind, args)?, 0, at_once, &work)?);
            floor.push(workload::run(args, Side::Floor, place, last()?, at_once, &work)?);
        }
        let ratios = [
            ("speed in a crowd", crowded.of(&empty, |run| run.per_second), Bound::AtLeast(0.75)),
            ("CPU in a crowd", crowded.of(&empty, |run| run.cpu_micros), Bound::Below(1.25)),
        ];
        for (what, ratios, wanted) in ratios {
            let who = format!("of empty, {at_once} at once");
            report.gauge(Gauge::new(what, who, Unit::Ratio, &ratios).on(kind.name()).wanted(wanted));
        }
        let measured = vec![crowded, empty];
        report.point(Point::speeds("sequence of 3 in a crowd", at_once, measured, floor).on(kind.name()));
    }
    Ok(())
}
