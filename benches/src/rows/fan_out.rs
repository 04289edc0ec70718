//! A thousand activities of one instance, all at once.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::ensure;
use fnhost_protocol::{history::TaskId, json::JsonText};

use crate::{
    app::FanOut as App,
    args::Args,
    engine::Client,
    floor::{Life, Step, Writer},
    place::{self, Check, Kind},
    report::{Point, Report, Wanted},
    workload::{self, Workload},
};

/// Activities.
const WIDTH: u64 = 1_000;

/// Activities that the engine runs at once; what exceeds it is claimed when there is room.
const AT_ONCE: u64 = 256;

/// One instance at a time.
pub(crate) fn measure(args: &Args, kind: Kind, report: &mut Report) -> anyhow::Result<()> {
    let wanted = Wanted::P50Micros(kind.pick(60_000.0, 120_000.0));
    let (engine, floor) = workload::compare(args, kind, 1, Some(wanted), &FanOut::new())?;
    report.point(Point::latencies("fan-out of 1,000", 1, vec![engine], floor).on(kind.name()));
    Ok(())
}

#[derive(Clone)]
struct FanOut(Arc<Life>);

impl FanOut {
    /// The fewest turns and claims that can do it: results of all that run at once in one turn each.
    fn new() -> Self {
        let input = |number: u64| (number as TaskId, JsonText::from_stored(number.to_string()));
        let result = |number: u64| (number as TaskId, JsonText::from_stored(App::double(number).to_string()));
        let mut steps = vec![Step::new().calls(App::ACTIVITY, (0..WIDTH).map(input))];
        for first in (0..WIDTH).step_by(AT_ONCE as usize) {
            let end = WIDTH.min(first + AT_ONCE);
            let step = Step::new().results((first..end).map(result));
            steps.push(if end < WIDTH { step } else { step.completes(sum()) });
        }
        Self(Life::of(App::ORCHESTRATOR, width(), steps).into())
    }
}

fn width() -> JsonText {
    JsonText::from_stored(WIDTH.to_string())
}

fn sum() -> JsonText {
    JsonText::from_stored(App::sum(WIDTH).to_string())
}

impl Workload for FanOut {
    async fn engine(&self, client: &Client) -> anyhow::Result<Duration> {
        let begun = Instant::now();
        let output = client.run(App::ORCHESTRATOR, width()).await?;
        ensure!(output == sum(), "a fan-out resulted in {output} instead of {}", sum());
        Ok(begun.elapsed())
    }

    async fn floor(&self, writer: &Writer) -> anyhow::Result<Duration> {
        let begun = Instant::now();
        let key = writer.key();
        for number in 0..self.0.len() {
            let turn = self.0.turn(number, key);
            if number > 1 {
                let claimed = writer.claim_tasks(AT_ONCE as u32).await?;
                let claimed: Vec<_> = claimed.tasks.into_iter().map(|task| task.task).collect();
                ensure!(claimed == turn.tasks_done, "other activities were claimed than wait");
            }
            writer.turn(turn).await?;
        }
        Ok(begun.elapsed())
    }

    fn commits(&self) -> u64 {
        2
    }

    fn checks(&self, count: u64, after: i64) -> Vec<Check> {
        // Started, completed; each activity scheduled, completed. How many turns that takes is chance.
        place::orchestrations(count, None, 2 + 2 * WIDTH, after)
    }
}
