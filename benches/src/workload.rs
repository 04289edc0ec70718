//! Something that is done again and again: through the engine, and its floor.

use std::time::Duration;

use anyhow::ensure;
use serde::{Deserialize, Serialize};

use crate::{
    args::Args,
    closed_loop,
    engine::{Client, Engine},
    floor::{Floor, Writer},
    place::{Check, Kind, Place},
    report::{Series, Wanted},
    run::Run,
    window::{Driven, Plan},
};

/// Something that is done again and again. Both sides say how long the part took that counts.
pub(crate) trait Workload: Clone + Send + Sync + 'static {
    /// Once, by the calls that functions have.
    fn engine(&self, client: &Client) -> impl Future<Output = anyhow::Result<Duration>> + Send;

    /// The same rows, written without engine and user code.
    fn floor(&self, writer: &Writer) -> impl Future<Output = anyhow::Result<Duration>> + Send;

    /// Commits that one alone cannot do without, each of which must have reached the disk before the next.
    fn commits(&self) -> u64;

    /// What so many must leave in the database, in instances whose keys come after this one.
    fn checks(&self, count: u64, after: i64) -> Vec<Check>;
}

/// Which side is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Side {
    Engine,
    Floor,
}

/// A side that is up.
pub(crate) enum Subject {
    Engine(Engine),
    Floor(Floor),
}

impl Subject {
    /// Starts a side.
    pub(crate) async fn start(side: Side, place: &Place) -> anyhow::Result<Self> {
        Ok(match side {
            Side::Engine => Self::Engine(Engine::start(place).await?),
            Side::Floor => Self::Floor(Floor::open(place).await?),
        })
    }

    /// Has so many clients do the work.
    pub(crate) async fn drive(
        &self,
        at_once: usize,
        plan: Plan,
        work: &impl Workload,
    ) -> anyhow::Result<Driven> {
        let work = work.clone();
        match self {
            Self::Engine(engine) => {
                let client = engine.client();
                let once = move || {
                    let (client, work) = (client.clone(), work.clone());
                    async move { work.engine(&client).await }
                };
                closed_loop::run(at_once, plan, once).await
            }
            Self::Floor(floor) => {
                let writer = floor.writer();
                let once = move || {
                    let (writer, work) = (writer.clone(), work.clone());
                    async move { work.floor(&writer).await }
                };
                closed_loop::run(at_once, plan, once).await
            }
        }
    }

    /// Ends it. To be called however driving ended: why the floor failed is known here.
    pub(crate) async fn stop(self) -> anyhow::Result<()> {
        match self {
            Self::Engine(engine) => engine.stop().await,
            Self::Floor(floor) => floor.close().await,
        }
    }
}

/// Runs a workload and its floor in turns, each time at a place of its own.
pub(crate) fn compare(
    args: &Args,
    kind: Kind,
    at_once: usize,
    wanted: Option<Wanted>,
    work: &impl Workload,
) -> anyhow::Result<(Series, Series)> {
    let (mut engine, mut floor) = (Series::new("engine").wanted(wanted), Series::new("commits alone"));
    for _ in 0..args.repeat() {
        engine.push(run(args, Side::Engine, &Place::new(kind, args)?, 0, at_once, work)?);
        floor.push(run(args, Side::Floor, &Place::new(kind, args)?, 0, at_once, work)?);
    }
    Ok((engine, floor))
}

/// One run, and its rows checked: those of instances whose keys come after `after`.
pub(crate) fn run(
    args: &Args,
    side: Side,
    place: &Place,
    after: i64,
    at_once: usize,
    work: &impl Workload,
) -> anyhow::Result<Run> {
    runtime()?.block_on(async {
        let mut meter = place.meter().await?;
        let subject = Subject::start(side, place).await?;
        let driven = subject.drive(at_once, place.plan(args)?, work).await;
        meter.look().await?;
        subject.stop().await?;
        let (driven, written) = (driven?, meter.stop().await?);
        let (wanted, found) = (driven.answers * work.commits(), written.syncs);
        ensure!(at_once > 1 || found >= wanted, "{wanted} commits, one after the other, took {found} syncs");
        place.check(&work.checks(driven.answers, after)).await?;
        Ok(driven.with(written))
    })
}

/// As the host's own.
pub(crate) fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()
}
