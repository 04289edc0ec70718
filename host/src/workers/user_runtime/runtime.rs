//! [`UserRuntime`]: starting it, running user code on it, ending it.

use std::{
    io,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
};

use fnhost_protocol::failure::{Failure, kind};
use futures_util::future::BoxFuture;
use tokio::{
    runtime::{Builder, Handle, Runtime},
    sync::watch,
    task::JoinHandle,
};

use super::{
    health::RuntimeHealth,
    options::UserRuntimeOptions,
    subject::Subject,
    threads::Threads,
    watchdog::{Reports, Stop, Watchdog},
    watched::Watched,
};

/// The runtime of user code. Cheap to clone; it ends with the last clone, or when it is [stopped](Self::stop).
#[derive(Debug, Clone)]
pub struct UserRuntime(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    handle: Handle,
    /// Taken when it is stopped.
    runtime: Mutex<Option<Runtime>>,
    threads: Arc<Threads>,
    reports: Arc<Reports>,
    watchdog: Arc<Stop>,
}

impl UserRuntime {
    /// Starts the threads `fn-worker-0`, `fn-worker-1`, … and the watchdog.
    ///
    /// # Errors
    /// When the operating system gives no threads.
    pub fn start(options: UserRuntimeOptions) -> io::Result<Self> {
        let workers = options.threads.max(1);
        let options = UserRuntimeOptions { threads: workers, ..options };
        let threads = Arc::new(Threads::new());
        let (started, enlisted) = (AtomicUsize::new(0), threads.clone());
        let runtime = Builder::new_multi_thread()
            .worker_threads(workers)
            .thread_name_fn(move || match started.fetch_add(1, Ordering::Relaxed) {
                worker if worker < workers => format!("fn-worker-{worker}"),
                blocking => format!("fn-blocking-{}", blocking - workers),
            })
            .on_thread_start(move || enlisted.enlist())
            .enable_all()
            .build()?;
        let health = RuntimeHealth { threads: workers, ..RuntimeHealth::default() };
        let reports =
            Arc::new(Reports { health: watch::Sender::new(health), is_late: AtomicBool::new(false) });
        let stop = Arc::new(Stop::default());
        let handle = runtime.handle().clone();
        let watchdog = Watchdog::new(options, handle.clone(), threads.clone(), reports.clone());
        let inner =
            Inner { handle, runtime: Mutex::new(Some(runtime)), threads, reports, watchdog: stop.clone() };
        thread::Builder::new().name("fn-watchdog".to_owned()).spawn(move || watchdog.run(&stop))?;
        Ok(Self(Arc::new(inner)))
    }

    /// Whether the current thread belongs to this runtime: what [`run`](Self::run) gets is then run here and now.
    pub(in crate::workers) fn is_here(&self) -> bool {
        self.0.threads.include_current()
    }

    /// Runs user code: here and now when the current thread belongs to this runtime, and else in a task of it.
    /// Dropping the returned future drops the user's future, or makes its task drop it at its next `await`.
    ///
    /// # Errors
    /// When the code panics outside of what the SDK contains, or the runtime is stopped.
    pub(in crate::workers) async fn run<T: Send + 'static>(
        &self,
        subject: Subject,
        future: BoxFuture<'static, T>,
    ) -> Result<T, Failure> {
        let watched = Watched::new(subject, future);
        if self.is_here() {
            // The caller's task lives here, so whoever would wait for this code is whom it holds up.
            watched.await
        } else {
            AbortWhenDropped(self.0.handle.spawn(watched)).ended().await
        }
    }

    /// Where a new connection's task is to live, so that the functions it calls run without changing threads:
    /// on this runtime. `None` while all its threads are held; the connection then stays where it was accepted,
    /// so that health and management can be asked at any time.
    pub fn place_for_connection(&self) -> Option<&Handle> {
        (!self.0.reports.is_late.load(Ordering::Relaxed)).then_some(&self.0.handle)
    }

    /// A handle that spawns on this runtime.
    pub fn handle(&self) -> &Handle {
        &self.0.handle
    }

    /// How it is.
    pub fn health(&self) -> RuntimeHealth {
        self.0.reports.health.borrow().clone()
    }

    /// Whether no thread is left for user code: readiness fails.
    pub fn is_saturated(&self) -> bool {
        self.0.reports.health.borrow().saturated
    }

    /// Changes of [`health`](Self::health) as they are found.
    pub fn watch_health(&self) -> watch::Receiver<RuntimeHealth> {
        self.0.reports.health.subscribe()
    }

    /// Ends it: tasks are dropped at their next `await`. Returns at once; threads that user code holds are left to
    /// the end of the process.
    pub fn stop(&self) {
        self.0.stop();
    }
}

impl Inner {
    fn stop(&self) {
        self.watchdog.stop();
        let runtime = self.runtime.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(runtime) = runtime {
            // Any other way waits for threads, and one that user code holds may never come back.
            runtime.shutdown_background();
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.stop();
    }
}

/// A task that nobody may wait for any more is ended.
struct AbortWhenDropped<T>(JoinHandle<Result<T, Failure>>);

impl<T> AbortWhenDropped<T> {
    async fn ended(mut self) -> Result<T, Failure> {
        // Whoever aborts this task awaits it no more, and panics are contained inside: what is left is the end.
        (&mut self.0).await.unwrap_or_else(|_| {
            Err(Failure::new(kind::CANCELLED, "the host stops and runs no functions any more"))
        })
    }
}

impl<T> Drop for AbortWhenDropped<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
