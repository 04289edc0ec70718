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
    time::Duration,
};

use crate::{
    histogram::Histogram,
    place::Written,
    run::{Run, Spent, Stopwatch},
};

/// What a window is to be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    /// Time before it.
    pub(crate) warm_up: Duration,
    /// Its length.
    pub(crate) seconds: Duration,
    /// The process whose CPU time is taken.
    pub(crate) pid: u32,
    /// The first of the database's own processes, where it has some: theirs is taken apart.
    pub(crate) database: Option<u32>,
}

/// A run, and everything that was done around it.
#[derive(Debug, Clone)]
pub(crate) struct Driven {
    pub(crate) run: Run,
    /// Answers, those outside of the window included.
    pub(crate) answers: u64,
    /// Latencies of those inside.
    pub(crate) latencies: Histogram,
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
            let stopwatch = Stopwatch::start(plan)?;
            self.0.is_open.store(true, Ordering::Relaxed);
            tokio::time::sleep(plan.seconds).await;
            self.0.is_open.store(false, Ordering::Relaxed);
            let spent = stopwatch.stop()?;
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
        let stopwatch = Stopwatch::start(plan)?;
        self.0.is_open.store(true, Ordering::Relaxed);
        let timed = async {
            tokio::time::sleep(plan.seconds).await;
            self.0.is_over.store(true, Ordering::Relaxed);
            Ok(())
        };
        tokio::try_join!(timed, clients)?;
        applied.await?;
        self.driven(stopwatch.stop()?)
    }

    fn driven(&self, spent: Spent) -> anyhow::Result<Driven> {
        let latencies = self.0.latencies.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(Driven { run: spent.run(&latencies)?, answers: self.answers(), latencies: latencies.clone() })
    }
}

impl Driven {
    /// The run, with what was written around it: per answer, those outside of the window included.
    pub(crate) fn with(&self, written: Written) -> Run {
        let per_answer = |count: u64| Some(count as f64 / self.answers as f64);
        Run { transactions: per_answer(written.transactions), syncs: per_answer(written.syncs), ..self.run }
    }
}
