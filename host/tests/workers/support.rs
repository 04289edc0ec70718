//! Builders of workers and calls, and a gate at which functions block their thread.

use std::{
    future::Future,
    sync::{Arc, Condvar, Mutex},
    thread,
    time::Duration,
};

use fnhost::workers::{LinkedWorker, RuntimeHealth, UserRuntime, UserRuntimeOptions};
use fnhost_protocol::{
    ids::{InstanceId, InvocationId},
    invocation::{Invocation, Reply, TriggerData},
    json::JsonText,
};
use fnhost_sdk::{Registry, Settings, host::Services};
use tokio::sync::mpsc;

/// A runtime whose watchdog is quick to find things out.
pub(crate) fn runtime(threads: usize) -> UserRuntime {
    UserRuntime::start(UserRuntimeOptions {
        threads,
        long_poll: Duration::from_millis(100),
        scan_busy: Duration::from_millis(2),
        scan_idle: Duration::from_millis(10),
    })
    .unwrap()
}

/// A worker on a runtime whose watchdog finds out nothing while a test runs.
pub(crate) fn unwatched_worker(threads: usize, registry: Registry) -> LinkedWorker {
    let never = Duration::from_secs(3600);
    let options = UserRuntimeOptions { threads, long_poll: never, scan_busy: never, scan_idle: never };
    let runtime = UserRuntime::start(options).unwrap();
    LinkedWorker::new(registry, Services::new(Settings::default()), runtime, LinkedWorker::SESSION_BYTES)
}

/// A worker on a runtime whose watchdog is quick.
pub(crate) fn worker(threads: usize, registry: Registry) -> LinkedWorker {
    worker_with_budget(threads, registry, LinkedWorker::SESSION_BYTES)
}

pub(crate) fn worker_with_budget(threads: usize, registry: Registry, session_bytes: usize) -> LinkedWorker {
    LinkedWorker::new(registry, Services::new(Settings::default()), runtime(threads), session_bytes)
}

/// A call of an activity.
pub(crate) fn call(function: &str) -> Invocation {
    Invocation {
        id: InvocationId::generate(),
        function: function.into(),
        trigger: TriggerData::Activity {
            instance: InstanceId::parse("order-17").unwrap(),
            task: 0,
            attempt: 1,
            delivery: 1,
            input: JsonText::null(),
        },
        traceparent: None,
        bindings: Vec::new(),
    }
}

/// The value that a function returned.
pub(crate) fn value(reply: Reply) -> String {
    match reply {
        Reply::Value(json) => json.as_str().to_owned(),
        Reply::Http(reply) => panic!("an HTTP reply: {reply:?}"),
    }
}

/// What a function returns when all went well.
pub(crate) fn done<T>(value: T) -> fnhost_sdk::Result<T> {
    Ok(value)
}

/// A hang is a failure.
pub(crate) async fn soon<F: Future>(future: F) -> F::Output {
    tokio::time::timeout(Duration::from_secs(60), future).await.expect("this is taking far too long")
}

/// Waits until the watchdog reports this.
pub(crate) async fn health(
    runtime: &UserRuntime,
    is_so: impl FnMut(&RuntimeHealth) -> bool,
) -> RuntimeHealth {
    soon(runtime.watch_health().wait_for(is_so)).await.unwrap().clone()
}

/// Where functions block their thread until it is opened.
#[derive(Clone)]
pub(crate) struct Gate {
    entered: mpsc::UnboundedSender<String>,
    open: Arc<(Mutex<bool>, Condvar)>,
}

impl Gate {
    /// The gate, and the names of the threads that block at it.
    pub(crate) fn new() -> (Self, mpsc::UnboundedReceiver<String>) {
        let (entered, names) = mpsc::unbounded_channel();
        (Self { entered, open: Arc::default() }, names)
    }

    pub(crate) fn block(&self) {
        let name = thread::current().name().unwrap_or_default().to_owned();
        self.entered.send(name).unwrap();
        let (open, changed) = &*self.open;
        drop(changed.wait_while(open.lock().unwrap(), |open| !*open).unwrap());
    }

    pub(crate) fn open(&self) {
        let (open, changed) = &*self.open;
        *open.lock().unwrap() = true;
        changed.notify_all();
    }
}
