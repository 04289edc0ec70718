//! From an event that is raised for an instance that waits for it, to the answer of a client that waits for the instance.

use std::{
    pin::pin,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{bail, ensure};
use durable_core::{
    message::Message,
    store::{SendCommit, Target},
};
use fnhost_protocol::{history::EventKind, json::JsonText};

use crate::{
    app::{GO, WAIT_FOR_GO},
    args::Args,
    engine::Client,
    floor::{self, Life, Step, Writer},
    place::{self, Check, Kind},
    report::{Point, Report, Wanted},
    workload::{self, Workload},
};

/// What the event brings.
const BROUGHT: &str = "7";

/// By then the client waits: it has asked and found that nothing is finished.
const WAITING: Duration = Duration::from_millis(2);

/// One event at a time.
pub(crate) fn measure(args: &Args, kind: Kind, report: &mut Report) -> anyhow::Result<()> {
    let wanted = Wanted::P50Micros(kind.pick(1_000.0, 2_000.0));
    let (engine, floor) = workload::compare(args, kind, 1, Some(wanted), &Signal::new())?;
    report.point(Point::latencies("signal to completion", 1, vec![engine], floor).on(kind.name()));
    Ok(())
}

#[derive(Clone)]
struct Signal(Arc<Life>);

impl Signal {
    fn new() -> Self {
        let steps = [Step::new(), Step::new().message(event()).completes(brought())];
        Self(Life::of(WAIT_FOR_GO, JsonText::null(), steps).into())
    }
}

fn brought() -> JsonText {
    JsonText::from_stored(BROUGHT)
}

fn event() -> Message {
    let event = EventKind::EventRaised { name: GO.to_owned(), input: brought() };
    Message::Event { execution: None, at: floor::now(), event }
}

impl Workload for Signal {
    async fn engine(&self, client: &Client) -> anyhow::Result<Duration> {
        // A start is answered when the first turn is committed: the instance waits by then.
        let id = client.begin(WAIT_FOR_GO, JsonText::null()).await?;
        let mut waiting = pin!(client.result(id.clone()));
        tokio::select! {
            biased;
            early = &mut waiting => bail!("an instance answered {early:?} before its event was raised"),
            () = tokio::time::sleep(WAITING) => {}
        }
        let begun = Instant::now();
        let raise = async { Ok(client.raise_event(id, GO.to_owned(), brought()).await?) };
        let (output, ()) = tokio::try_join!(waiting, raise)?;
        ensure!(output == brought(), "an instance resulted in {output}");
        Ok(begun.elapsed())
    }

    async fn floor(&self, writer: &Writer) -> anyhow::Result<Duration> {
        let key = writer.key();
        let (birth, id) = self.0.birth(key);
        writer.turn(birth).await?;
        tokio::time::sleep(WAITING).await;
        let begun = Instant::now();
        let sent = writer.send(SendCommit { target: Target::Existing(id), message: event() }).await?;
        let mut turn = self.0.turn(1, key);
        turn.consumed = vec![sent.message];
        writer.turn(turn).await?;
        Ok(begun.elapsed())
    }

    fn commits(&self) -> u64 {
        3
    }

    fn checks(&self, count: u64, after: i64) -> Vec<Check> {
        // Started, raised, completed.
        place::orchestrations(count, Some(2), 3, after)
    }
}
