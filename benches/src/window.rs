//! The time in which is measured: after a warm-up, so many seconds. What is under way at its end is finished, because
//! the rows of everything that was begun are counted afterwards.
//!
//! ```text
//! begin ── warm-up ──▶ opened ──────── measured ────────▶ closed ── what is under way ends
//! ```

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};

use crate::{histogram::Histogram, place::Written, usage};

/// What a window is to be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    /// Time before it.
    pub(crate) warm_up: Duration,
    /// Its length.
    pub(crate) seconds: Duration,
    /// The process whose CPU time is taken.
    pub(crate) pid: u32,
}

/// What was measured in one window.
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
    /// How much of the machine's cores was busy, by whomever: 1 is all of all.
    pub(crate) busy: f64,
    /// Transactions per answer, where they are counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) transactions: Option<f64>,
    /// Waits for the disk per answer, where they are counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) syncs: Option<f64>,
}

/// A run, and everything that was done around it.
#[derive(Debug, Clone)]
pub(crate) struct Driven {
    pub(crate) run: Run,
    /// Answers, those outside of the window included.
    pub(crate) answers: u64,
}

/// A window that clients add their latencies to. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Window(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    is_open: AtomicBool,
    is_over: AtomicBool,
    answers: AtomicU64,
    /// Never waited for long: clients are few or share one thread.
    latencies: Mutex<Histogram>,
}

impl Window {
    /// One that has not opened.
    pub(crate) fn new() -> Self {
        Self(Arc::new(Shared {
            is_open: AtomicBool::new(false),
            is_over: AtomicBool::new(false),
            answers: AtomicU64::new(0),
            latencies: Mutex::new(Histogram::new()),
        }))
    }

    /// Whether clients are to begin nothing more.
    pub(crate) fn is_over(&self) -> bool {
        self.0.is_over.load(Ordering::Relaxed)
    }

    /// Notes an answer that took so long.
    pub(crate) fn add(&self, latency: Duration) {
        self.0.answers.fetch_add(1, Ordering::Relaxed);
        if self.0.is_open.load(Ordering::Relaxed) {
            self.0.latencies.lock().unwrap_or_else(PoisonError::into_inner).add(latency);
        }
    }

    /// Answers so far.
    pub(crate) fn answers(&self) -> u64 {
        self.0.answers.load(Ordering::Relaxed)
    }

    /// Opens and closes it, and waits for the clients.
    pub(crate) async fn measure(
        self,
        plan: Plan,
        clients: impl Future<Output = anyhow::Result<()>>,
    ) -> anyhow::Result<Driven> {
        let timed = async {
            tokio::time::sleep(plan.warm_up).await;
            let begun = Begun::now(plan.pid)?;
            self.0.is_open.store(true, Ordering::Relaxed);
            tokio::time::sleep(plan.seconds).await;
            self.0.is_open.store(false, Ordering::Relaxed);
            let spent = begun.spent()?;
            self.0.is_over.store(true, Ordering::Relaxed);
            anyhow::Ok(spent)
        };
        let (spent, ()) = tokio::try_join!(timed, clients)?;
        self.driven(spent)
    }

    /// Opens it at once and closes it when `applied` completes, which it may as soon as the clients have ended: for what
    /// is answered before all of it is done.
    pub(crate) async fn measure_until(
        self,
        plan: Plan,
        clients: impl Future<Output = anyhow::Result<()>>,
        applied: impl Future<Output = anyhow::Result<()>>,
    ) -> anyhow::Result<Driven> {
        let begun = Begun::now(plan.pid)?;
        self.0.is_open.store(true, Ordering::Relaxed);
        let timed = async {
            tokio::time::sleep(plan.seconds).await;
            self.0.is_over.store(true, Ordering::Relaxed);
            Ok(())
        };
        tokio::try_join!(timed, clients)?;
        applied.await?;
        self.driven(begun.spent()?)
    }

    fn driven(&self, spent: Spent) -> anyhow::Result<Driven> {
        let latencies = self.0.latencies.lock().unwrap_or_else(PoisonError::into_inner);
        let count = latencies.count();
        anyhow::ensure!(count > 0, "nothing was answered in {:?}", spent.time);
        let micros = |time: Duration| time.as_secs_f64() * 1e6;
        let run = Run {
            per_second: count as f64 / spent.time.as_secs_f64(),
            p50_micros: micros(latencies.quantile(0.5)),
            p99_micros: micros(latencies.quantile(0.99)),
            cpu_micros: micros(spent.cpu) / count as f64,
            busy: spent.busy,
            transactions: None,
            syncs: None,
        };
        Ok(Driven { run, answers: self.answers() })
    }
}

impl Driven {
    /// The run, with what was written around it: per answer, those outside of the window included.
    pub(crate) fn with(&self, written: Written) -> Run {
        let per_answer = |count: u64| Some(count as f64 / self.answers as f64);
        Run { transactions: per_answer(written.transactions), syncs: per_answer(written.syncs), ..self.run }
    }
}

/// When a measurement began.
struct Begun {
    at: Instant,
    pid: u32,
    cpu: Duration,
    machine: usage::Machine,
}

/// What it took.
struct Spent {
    time: Duration,
    cpu: Duration,
    busy: f64,
}

impl Begun {
    fn now(pid: u32) -> anyhow::Result<Self> {
        Ok(Self { at: Instant::now(), pid, cpu: usage::cpu_time(pid)?, machine: usage::machine()? })
    }

    fn spent(&self) -> anyhow::Result<Spent> {
        Ok(Spent {
            time: self.at.elapsed(),
            cpu: usage::cpu_time(self.pid)?.saturating_sub(self.cpu),
            busy: usage::machine()?.busy_since(self.machine),
        })
    }
}
