//! Signals to entities, to one and spread over a thousand: until all are applied.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use fnhost_protocol::{ids::EntityId, json::JsonText};
use serde_json::json;

use crate::{
    app::{ADD, COUNTER},
    args::Args,
    closed_loop,
    engine::{Client, Engine},
    floor::{Appliers, Floor},
    place::{self, Kind, Place},
    report::{Point, Report, Series, Wanted},
    run::Run,
    window::Window,
    workload,
};

/// Clients that each signal one after the other.
const AT_ONCE: usize = 128;

/// How many entities are signalled in turn.
const ENTITIES: [(&str, u64); 2] = [("signals to one entity", 1), ("signals to 1,000 entities", 1_000)];

/// Between two looks at an entity that is not done yet.
const LOOK_AGAIN: Duration = Duration::from_millis(1);

/// Both.
pub(crate) fn measure(args: &Args, kind: Kind, report: &mut Report) -> anyhow::Result<()> {
    let wanted = Wanted::PerSecond(kind.pick(20_000.0, 8_000.0));
    for (what, entities) in ENTITIES {
        let mut engine = Series::new("engine").wanted(Some(wanted));
        let mut floor = Series::new("commits alone");
        for _ in 0..args.repeat() {
            engine.push(run_engine(args, &Place::new(kind, args)?, entities)?);
            floor.push(run_floor(args, &Place::new(kind, args)?, entities)?);
        }
        report.point(Point::speeds(what, AT_ONCE, vec![engine], floor).on(kind.name()));
    }
    Ok(())
}

/// Which entity the next signal is for, and how many each got.
#[derive(Clone)]
struct InTurn {
    entities: u64,
    next: Arc<AtomicU64>,
}

impl InTurn {
    fn new(entities: u64) -> Self {
        Self { entities, next: Arc::default() }
    }

    fn next(&self) -> anyhow::Result<EntityId> {
        self.entity(self.next.fetch_add(1, Ordering::Relaxed) % self.entities)
    }

    fn entity(&self, number: u64) -> anyhow::Result<EntityId> {
        Ok(EntityId::new(COUNTER, &number.to_string())?)
    }

    /// Each with what it must have counted, when all signals that were begun are answered.
    fn counts(&self) -> impl Iterator<Item = anyhow::Result<(EntityId, u64)>> {
        let (entities, sent) = (self.entities, self.next.load(Ordering::Relaxed));
        (0..entities.min(sent)).map(move |number| {
            let count = sent / entities + u64::from(number < sent % entities);
            Ok((self.entity(number)?, count))
        })
    }
}

fn run_engine(args: &Args, place: &Place, entities: u64) -> anyhow::Result<Run> {
    workload::runtime()?.block_on(async {
        let mut meter = place.meter().await?;
        let engine = Engine::start(place).await?;
        let (client, in_turn) = (engine.client(), InTurn::new(entities));
        let once = {
            let (client, in_turn) = (client.clone(), in_turn.clone());
            move || {
                let (client, entity) = (client.clone(), in_turn.next());
                async move {
                    let begun = Instant::now();
                    client.signal_entity(entity?, ADD.to_owned(), one()).await?;
                    Ok(begun.elapsed())
                }
            }
        };
        let window = Window::new();
        let clients = closed_loop::ended(closed_loop::clients(AT_ONCE, &window, once));
        let driven = window.measure_until(place.plan(args)?, clients, applied(&client, &in_turn)).await;
        meter.look().await?;
        engine.stop().await?;
        let (driven, written) = (driven?, meter.stop().await?);
        place.check(&place::entities(in_turn.counts().count() as u64)).await?;
        Ok(driven.with(written))
    })
}

/// Completes when every entity has counted what was sent to it, and fails when one has counted more.
async fn applied(client: &Client, in_turn: &InTurn) -> anyhow::Result<()> {
    for entity in in_turn.counts() {
        let (entity, wanted) = entity?;
        loop {
            let state = client.read_entity(entity.clone()).await?.and_then(|status| status.state);
            let state: serde_json::Value = state.unwrap_or_default().read()?;
            let found = state.get("value").map_or(Some(0), serde_json::Value::as_u64);
            let found = found.with_context(|| format!("entity {entity} has the state {state}"))?;
            ensure!(found <= wanted, "entity {entity} has counted {found}, but {wanted} signals were sent");
            if found == wanted {
                break;
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }
    Ok(())
}

fn run_floor(args: &Args, place: &Place, entities: u64) -> anyhow::Result<Run> {
    workload::runtime()?.block_on(async {
        let mut meter = place.meter().await?;
        let floor = Floor::open(place).await?;
        let appliers = Appliers::start(floor.writer(), |count| {
            JsonText::from_stored(json!({ "value": count }).to_string())
        });
        let in_turn = InTurn::new(entities);
        let once = {
            let (sender, in_turn) = (appliers.sender(), in_turn.clone());
            move || {
                let (sender, entity) = (sender.clone(), in_turn.next());
                async move {
                    let begun = Instant::now();
                    sender.signal(&entity?, ADD, one()).await?;
                    Ok(begun.elapsed())
                }
            }
        };
        let window = Window::new();
        let clients = closed_loop::ended(closed_loop::clients(AT_ONCE, &window, once));
        let driven = window.measure_until(place.plan(args)?, clients, appliers.applied()).await;
        meter.look().await?;
        floor.close().await?;
        let (driven, written) = (driven?, meter.stop().await?);
        place.check(&place::entities(in_turn.counts().count() as u64)).await?;
        Ok(driven.with(written))
    })
}

fn one() -> JsonText {
    JsonText::from_stored("1")
}
