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

use serde::Serialize;

use crate::{histogram::Histogram, usage};

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
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
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
}

/// A run, and everything that was done around it.
#[derive(Debug, Clone, Copy)]
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

    /// Opens and closes it, and waits for the clients.
    pub(crate) async fn measure(
        self,
        plan: Plan,
        clients: impl Future<Output = anyhow::Result<()>>,
    ) -> anyhow::Result<Driven> {
        let timed = async {
            tokio::time::sleep(plan.warm_up).await;
            let (begun, cpu) = (Instant::now(), usage::cpu_time(plan.pid)?);
            self.0.is_open.store(true, Ordering::Relaxed);
            tokio::time::sleep(plan.seconds).await;
            self.0.is_open.store(false, Ordering::Relaxed);
            let (took, cpu) = (begun.elapsed(), usage::cpu_time(plan.pid)?.saturating_sub(cpu));
            self.0.is_over.store(true, Ordering::Relaxed);
            anyhow::Ok((took, cpu))
        };
        let ((took, cpu), ()) = tokio::try_join!(timed, clients)?;
        let latencies = self.0.latencies.lock().unwrap_or_else(PoisonError::into_inner);
        let count = latencies.count();
        anyhow::ensure!(count > 0, "nothing was answered in {took:?}");
        let micros = |time: Duration| time.as_secs_f64() * 1e6;
        let run = Run {
            per_second: count as f64 / took.as_secs_f64(),
            p50_micros: micros(latencies.quantile(0.5)),
            p99_micros: micros(latencies.quantile(0.99)),
            cpu_micros: micros(cpu) / count as f64,
        };
        Ok(Driven { run, answers: self.0.answers.load(Ordering::Relaxed) })
    }
}
