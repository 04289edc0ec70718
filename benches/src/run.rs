//! What one measurement comes to.

use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::{histogram::Histogram, usage, window::Plan};

/// What one measurement comes to.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Run {
    /// Answers per second.
    pub(crate) per_second: f64,
    /// The middle latency.
    pub(crate) p50_micros: f64,
    /// The latency that one of a hundred exceeds.
    pub(crate) p99_micros: f64,
    /// CPU time of the serving process per answer.
    pub(crate) cpu_micros: f64,
    /// CPU time of the database's own processes per answer, where it has some.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) database_cpu_micros: Option<f64>,
    /// How much of the machine's cores was busy, by whomever: 1 is all of all.
    pub(crate) busy: f64,
    /// Transactions per answer, where they are counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) transactions: Option<f64>,
    /// Waits for the disk per answer, where they are counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) syncs: Option<f64>,
}

/// A measurement under way.
#[derive(Debug)]
pub(crate) struct Stopwatch {
    begun: Instant,
    plan: Plan,
    cpu: Duration,
    database: Option<Duration>,
    machine: usage::Machine,
}

/// What was used up meanwhile.
#[derive(Debug)]
pub(crate) struct Spent {
    time: Duration,
    cpu: Duration,
    database: Option<Duration>,
    busy: f64,
}

impl Stopwatch {
    /// Begins, with an eye on the processes that a plan names.
    pub(crate) fn start(plan: Plan) -> anyhow::Result<Self> {
        Ok(Self {
            begun: Instant::now(),
            plan,
            cpu: usage::cpu_time(plan.pid)?,
            database: plan.database.map(usage::cpu_time_of_family).transpose()?,
            machine: usage::machine()?,
        })
    }

    /// Ends.
    pub(crate) fn stop(&self) -> anyhow::Result<Spent> {
        let database = self.plan.database.map(usage::cpu_time_of_family).transpose()?;
        Ok(Spent {
            time: self.begun.elapsed(),
            cpu: usage::cpu_time(self.plan.pid)?.saturating_sub(self.cpu),
            database: database.zip(self.database).map(|(now, before)| now.saturating_sub(before)),
            busy: usage::machine()?.busy_since(self.machine),
        })
    }
}

impl Spent {
    /// With what was answered meanwhile.
    pub(crate) fn run(&self, latencies: &Histogram) -> anyhow::Result<Run> {
        let count = latencies.count();
        anyhow::ensure!(count > 0, "nothing was answered in {:?}", self.time);
        let micros = |time: Duration| time.as_secs_f64() * 1e6;
        Ok(Run {
            per_second: count as f64 / self.time.as_secs_f64(),
            p50_micros: micros(latencies.quantile(0.5)),
            p99_micros: micros(latencies.quantile(0.99)),
            cpu_micros: micros(self.cpu) / count as f64,
            database_cpu_micros: self.database.map(|cpu| micros(cpu) / count as f64),
            busy: self.busy,
            transactions: None,
            syncs: None,
        })
    }
}
