//! A hundred thousand timers, due within a minute: how late each is, by the machine's clock.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use anyhow::{bail, ensure};
use durable_core::model::InstanceKey;
use fnhost_protocol::{json::JsonText, time::Timestamp};
use tokio::task::JoinSet;

use crate::{
    app::NAP,
    args::Args,
    closed_loop,
    engine::{Client, Engine},
    floor::{self, Floor, Life, Step, Writer},
    histogram::Histogram,
    place::{self, Kind, Place},
    report::{Point, Report, Series, Wanted},
    run::{Run, Stopwatch},
    window::Plan,
    workload,
};

/// How many.
const TIMERS: u64 = 100_000;

/// They fall due one after the other, at the same distance.
const APART: Duration = Duration::from_micros(600);

/// Clients that start them.
const AT_ONCE: u64 = 128;

/// Time to start them all before the first is due.
const LEAD: Duration = Duration::from_secs(45);
const LEAD_OF_FEW: Duration = Duration::from_secs(3);

/// Of so many one has a client that waits for it.
const ONE_OF: u64 = 100;

/// After the last was due; who is not done by then is lost.
const PATIENCE: Duration = Duration::from_secs(30);

/// Both sides, in turns.
pub(crate) fn measure(args: &Args, kind: Kind, report: &mut Report) -> anyhow::Result<()> {
    let mut begun = Series::new("engine, turn begun").wanted(Some(Wanted::P99Micros(250_000.0)));
    let mut answered = Series::new("engine, answered").wanted(Some(Wanted::P99Micros(250_000.0)));
    let mut floor = Series::new("commits alone");
    for _ in 0..args.repeat() {
        let runs = run_engine(args, &Place::new(kind, args)?)?;
        begun.push(runs.begun);
        answered.push(runs.answered);
        floor.push(run_floor(args, &Place::new(kind, args)?)?);
    }
    let measured = vec![begun, answered];
    report.point(Point::latencies("timers", AT_ONCE as usize, measured, floor).on(kind.name()));
    Ok(())
}

/// When each is due.
#[derive(Debug, Clone, Copy)]
struct Schedule {
    first: Timestamp,
    count: u64,
}

impl Schedule {
    fn new(count: u64) -> Self {
        let lead = if count < TIMERS { LEAD_OF_FEW } else { LEAD };
        Self { first: floor::now().saturating_add(lead), count }
    }

    fn due(self, number: u64) -> Timestamp {
        self.first.saturating_add(APART * u32::try_from(number).unwrap_or(u32::MAX))
    }

    /// To be called when all are started.
    fn ensure_in_time(self) -> anyhow::Result<()> {
        let late = floor::now().since(self.first);
        ensure!(late.is_zero(), "the last timer was started {late:?} after the first was due");
        Ok(())
    }
}

/// Lateness of all until their turns begin, and of a few until their clients have the answer.
struct Runs {
    begun: Run,
    answered: Run,
}

fn run_engine(args: &Args, place: &Place) -> anyhow::Result<Runs> {
    let count = args.crowd(TIMERS);
    workload::runtime()?.block_on(async {
        let engine = Engine::start(place).await?;
        let schedule = Schedule::new(count);
        let mut answers = start_all(&engine.client(), schedule).await?;
        schedule.ensure_in_time()?;
        floor::sleep_until(schedule.first).await;
        let stopwatch = Stopwatch::start(place.plan(args)?)?;
        let mut answered = Histogram::new();
        while let Some(late) = answers.join_next().await {
            answered.add(late??);
        }
        wait_for_all(place, schedule).await?;
        let spent = stopwatch.stop()?;
        engine.stop().await?;
        // Started, created, fired, completed.
        place.check(&place::orchestrations(count, Some(2), 4, 0)).await?;
        let mut begun = Histogram::new();
        let mut connection = place.connect().await?;
        let lateness = "SELECT updated_at - CAST(output AS bigint) FROM instances";
        for late in connection.numbers(lateness).await? {
            let Ok(micros) = u64::try_from(late) else { bail!("a timer fired {late} µs too early") };
            begun.add(Duration::from_micros(micros));
        }
        connection.close().await?;
        let (begun, answered) = (spent.run(&begun)?, spent.run(&answered)?);
        // What was spent was spent for all, not for those that somebody waits for.
        let answered = Run { p50_micros: answered.p50_micros, p99_micros: answered.p99_micros, ..begun };
        Ok(Runs { begun, answered })
    })
}

/// Starts them all; those that somebody waits for answer how late that was.
async fn start_all(client: &Client, schedule: Schedule) -> anyhow::Result<JoinSet<anyhow::Result<Duration>>> {
    let (mut starting, next) = (JoinSet::new(), Arc::new(AtomicU64::new(0)));
    let (sampled, mut waited_for) = tokio::sync::mpsc::unbounded_channel();
    for _ in 0..AT_ONCE {
        let (client, next, sampled) = (client.clone(), next.clone(), sampled.clone());
        starting.spawn(async move {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= schedule.count {
                    return Ok(());
                }
                let due = schedule.due(number);
                let id = client.begin(NAP, JsonText::from_stored(due.as_micros().to_string())).await?;
                if number.is_multiple_of(ONE_OF) {
                    sampled.send((id, due))?;
                }
            }
        });
    }
    closed_loop::ended(starting).await?;
    drop(sampled);
    let mut answers = JoinSet::new();
    while let Some((id, due)) = waited_for.recv().await {
        let client = client.clone();
        answers.spawn(async move {
            client.result(id).await?;
            Ok(floor::now().since(due))
        });
    }
    Ok(answers)
}

/// Completes when none waits any more.
async fn wait_for_all(place: &Place, schedule: Schedule) -> anyhow::Result<()> {
    let patience = schedule.due(schedule.count).saturating_add(PATIENCE);
    let mut connection = place.connect().await?;
    while connection.number("SELECT count(*) FROM timers").await? > 0 {
        ensure!(floor::now() < patience, "timers still wait {PATIENCE:?} after the last was due");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    connection.close().await
}

fn run_floor(args: &Args, place: &Place) -> anyhow::Result<Run> {
    let count = args.crowd(TIMERS);
    workload::runtime()?.block_on(async {
        let floor = Floor::open(place).await?;
        let schedule = Schedule::new(count);
        let run = fire_all(&floor.writer(), schedule, place.plan(args)?).await;
        floor.close().await?;
        let run = run?;
        place.check(&place::orchestrations(count, Some(2), 4, 0)).await?;
        Ok(run)
    })
}

/// The floor: a turn that makes the timer, and when it is due the turn that takes it.
async fn fire_all(writer: &Writer, schedule: Schedule, plan: Plan) -> anyhow::Result<Run> {
    let due = JsonText::from_stored(schedule.first.as_micros().to_string());
    let steps = [Step::new().sleeps(0, schedule.first), Step::new().fired(0).completes(due.clone())];
    let life = Arc::new(Life::of(NAP, due, steps));
    let (mut starting, first) = (JoinSet::new(), writer.key());
    for client in 0..AT_ONCE {
        let (writer, life) = (writer.clone(), life.clone());
        starting.spawn(async move {
            for number in (client..schedule.count).step_by(AT_ONCE as usize) {
                let mut turn = life.turn(0, key(first, number));
                for timer in &mut turn.timers {
                    timer.fire_at = schedule.due(number);
                }
                writer.turn(turn).await?;
            }
            Ok(())
        });
    }
    closed_loop::ended(starting).await?;
    schedule.ensure_in_time()?;
    floor::sleep_until(schedule.first).await;
    let stopwatch = Stopwatch::start(plan)?;
    let (mut firing, mut lateness) = (JoinSet::new(), Histogram::new());
    for number in 0..schedule.count {
        let due = schedule.due(number);
        floor::sleep_until(due).await;
        let (writer, life) = (writer.clone(), life.clone());
        firing.spawn(async move {
            writer.turn(life.turn(1, key(first, number))).await?;
            anyhow::Ok(floor::now().since(due))
        });
        while let Some(late) = firing.try_join_next() {
            lateness.add(late??);
        }
    }
    while let Some(late) = firing.join_next().await {
        lateness.add(late??);
    }
    stopwatch.stop()?.run(&lateness)
}

fn key(first: InstanceKey, number: u64) -> InstanceKey {
    InstanceKey(first.0 + i64::try_from(number).unwrap_or(i64::MAX))
}
