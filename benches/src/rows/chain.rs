//! Activities one after the other: through the engine, and for a sequence of three also through the whole host over HTTP.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::ensure;
use fnhost_protocol::{history::TaskId, json::JsonText};

use super::disk;
use crate::{
    app::{CITIES, Chain, SAY_HELLO, SEQUENCE},
    args::Args,
    engine::Client,
    floor::{Life, Step, Writer},
    load::Load,
    place::{self, Check, Kind, Place},
    process::Server,
    report::{Bound, Gauge, Point, Report, Series, Unit, Wanted},
    run::Run,
    window::Plan,
    workload::{self, Side, Workload},
};

/// Clients at once, and how many sequences per second are promised then.
fn sequences(kind: Kind) -> [(usize, f64); 3] {
    kind.pick([(1, 800.0), (16, 4_000.0), (128, 8_000.0)], [(1, 500.0), (16, 1_800.0), (128, 3_500.0)])
}

/// Over HTTP, as a share of the client API.
const OVER_HTTP: f64 = 0.6;

/// Three activities.
pub(crate) fn sequence(args: &Args, kind: Kind, report: &mut Report) -> anyhow::Result<()> {
    const WHAT: &str = "sequence of 3";
    let work = Greetings::new(SEQUENCE);
    let mut syncs = Vec::new();
    for (at_once, wanted) in sequences(kind) {
        let mut engine = Series::new("engine").wanted(Some(Wanted::PerSecond(wanted)));
        let (mut host, mut floor) = (Series::new("host, over HTTP"), Series::new("commits alone"));
        for _ in 0..args.repeat() {
            engine.push(workload::run(args, Side::Engine, &Place::new(kind, args)?, 0, at_once, &work)?);
            host.push(over_http(args, &Place::new(kind, args)?, at_once)?);
            let place = Place::new(kind, args)?;
            floor.push(workload::run(args, Side::Floor, &place, 0, at_once, &work)?);
            syncs.extend(disk::sync_micros(place.folder())?);
        }
        let shares = host.of(&engine, |run| run.per_second);
        let who = format!("of the client API, {at_once} at once");
        let over_http = Gauge::new("sequence over HTTP", who, Unit::Ratio, &shares).on(kind.name());
        report.gauge(over_http.wanted(Bound::AtLeast(OVER_HTTP)));
        report.point(Point::speeds(WHAT, at_once, vec![engine, host], floor).on(kind.name()));
    }
    report.gauge(
        Gauge::new("4 pages written and synced", "fdatasync", Unit::Microseconds, &syncs).on(kind.name()),
    );
    Ok(())
}

/// Five activities.
pub(crate) fn cities(args: &Args, kind: Kind, report: &mut Report) -> anyhow::Result<()> {
    const AT_ONCE: usize = 128;
    let wanted = Wanted::PerSecond(kind.pick(5_000.0, 2_200.0));
    let (engine, floor) = workload::compare(args, kind, AT_ONCE, Some(wanted), &Greetings::new(CITIES))?;
    report.point(Point::speeds("HelloCities5", AT_ONCE, vec![engine], floor).on(kind.name()));
    Ok(())
}

/// Starts a chain and waits for its result.
#[derive(Clone)]
pub(crate) struct Greetings {
    chain: Chain,
    life: Arc<Life>,
}

impl Greetings {
    /// A chain as work.
    pub(crate) fn new(chain: Chain) -> Self {
        let greeting = |step: usize| {
            let done = step.checked_sub(1)?;
            Some((done as TaskId, JsonText::string(&format!("Hello {}!", chain.cities[done]))))
        };
        let step = |number: usize| {
            let step = Step::new().results(greeting(number));
            match chain.cities.get(number) {
                Some(city) => step.calls(SAY_HELLO, [(number as TaskId, JsonText::string(city))]),
                None => step.completes(JsonText::from_stored(chain.greetings)),
            }
        };
        let steps = (0..=chain.cities.len()).map(step);
        Self { chain, life: Life::of(chain.orchestrator, JsonText::null(), steps).into() }
    }
}

impl Workload for Greetings {
    async fn engine(&self, client: &Client) -> anyhow::Result<Duration> {
        let begun = Instant::now();
        let output = client.run(self.chain.orchestrator, JsonText::null()).await?;
        ensure!(output.as_str() == self.chain.greetings, "a chain resulted in {output}");
        Ok(begun.elapsed())
    }

    async fn floor(&self, writer: &Writer) -> anyhow::Result<Duration> {
        let begun = Instant::now();
        let key = writer.key();
        for turn in 0..self.life.len() {
            writer.turn(self.life.turn(turn, key)).await?;
        }
        Ok(begun.elapsed())
    }

    fn commits(&self) -> u64 {
        self.life.len() as u64
    }

    fn checks(&self, count: u64, after: i64) -> Vec<Check> {
        place::chains(self.chain, count, after)
    }
}

/// One run through the whole host: one request starts a sequence and waits for its result.
fn over_http(args: &Args, place: &Place, at_once: usize) -> anyhow::Result<Run> {
    let server = Server::host(place)?;
    let request = format!("POST /orchestrators/{}/wait", SEQUENCE.orchestrator);
    let load =
        Load { url: server.url(), request: &request, answer: SEQUENCE.greetings, connections: at_once };
    let driven = load.drive(Plan { pid: server.pid(), ..place.plan(args)? })?;
    server.stop()?;
    workload::runtime()?.block_on(place.check(&place::chains(SEQUENCE, driven.answers, 0)))?;
    Ok(driven.run)
}
