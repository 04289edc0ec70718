//! Something that is done again and again: through the engine, and its floor.

use std::time::Duration;

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

    /// What so many must leave in the database, in instances whose keys come after this one.
    fn checks(&self, count: u64, after: i64) -> Vec<Check>;
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
        engine.push(run_engine(&Place::new(kind, args)?, 0, at_once, args.plan(), work)?);
        floor.push(run_floor(&Place::new(kind, args)?, 0, at_once, args.plan(), work)?);
    }
    Ok((engine, floor))
}

/// One run through the engine, and its rows checked: those of instances whose keys come after `after`.
pub(crate) fn run_engine(
    place: &Place,
    after: i64,
    at_once: usize,
    plan: Plan,
    work: &impl Workload,
) -> anyhow::Result<Run> {
    runtime()?.block_on(async {
        let before = place.written().await?;
        let engine = Engine::start(place).await?;
        let (client, work) = (engine.client(), work.clone());
        let once = {
            let work = work.clone();
            move || {
                let (client, work) = (client.clone(), work.clone());
                async move { work.engine(&client).await }
            }
        };
        let driven = closed_loop::run(at_once, plan, once).await;
        let written = place.written_since(before).await?;
        engine.stop().await?;
        let driven: Driven = driven?;
        place.check(&work.checks(driven.answers, after)).await?;
        Ok(driven.with(written))
    })
}

/// One run of the floor, and its rows checked.
pub(crate) fn run_floor(
    place: &Place,
    after: i64,
    at_once: usize,
    plan: Plan,
    work: &impl Workload,
) -> anyhow::Result<Run> {
    runtime()?.block_on(async {
        let before = place.written().await?;
        let floor = Floor::open(place).await?;
        let (writer, work) = (floor.writer(), work.clone());
        let once = {
            let work = work.clone();
            move || {
                let (writer, work) = (writer.clone(), work.clone());
                async move { work.floor(&writer).await }
            }
        };
        let driven = closed_loop::run(at_once, plan, once).await;
        let written = place.written_since(before).await?;
        // Why writing failed says more than that it has ended.
        floor.close().await?;
        let driven: Driven = driven?;
        place.check(&work.checks(driven.answers, after)).await?;
        Ok(driven.with(written))
    })
}

/// As the host's own.
pub(crate) fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()
}
