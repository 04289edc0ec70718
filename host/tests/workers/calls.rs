//! Where calls run, what they may use, and how they end before their time.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use fnhost_protocol::{failure::kind, worker::Worker};
use fnhost_sdk::{Cancellation, Registry};
use tokio::sync::mpsc;

use crate::support::{call, done, soon, value, worker};

fn thread_name() -> Registry {
    Registry::new().activity("Where", "Where/mod.rs", || async {
        tokio::task::yield_now().await;
        done(thread::current().name().unwrap_or_default().to_owned())
    })
}

#[tokio::test]
async fn a_call_from_elsewhere_runs_on_a_thread_for_user_code() {
    let worker = worker(1, thread_name());
    assert_eq!(value(soon(worker.invoke(call("Where"))).await.unwrap()), r#""fn-worker-0""#);
}

#[tokio::test]
async fn a_call_from_a_thread_for_user_code_runs_in_the_task_that_makes_it() {
    let registry = Registry::new()
        .activity("Task", "Task/mod.rs", || async { done(tokio::task::try_id().map(|id| id.to_string())) });
    let worker = worker(2, registry);
    let caller = worker.clone();
    let (made_in, ran_in) = soon(worker.runtime().handle().spawn(async move {
        (tokio::task::id().to_string(), value(caller.invoke(call("Task")).await.unwrap()))
    }))
    .await
    .unwrap();
    assert_eq!(ran_in, format!("\"{made_in}\""));
}

#[tokio::test]
async fn a_thread_of_another_user_runtime_is_elsewhere() {
    let (one, other) = (worker(1, thread_name()), worker(1, Registry::new()));
    let (made_on, ran_on) = soon(other.runtime().handle().spawn(async move {
        let ran_in = value(one.invoke(call("Where")).await.unwrap());
        (tokio::runtime::Handle::current().id(), (ran_in, one.runtime().handle().id()))
    }))
    .await
    .unwrap();
    assert_ne!(made_on, ran_on.1);
    assert_eq!(ran_on.0, r#""fn-worker-0""#);
}

/// Tells when it is dropped.
struct Dropped(mpsc::UnboundedSender<&'static str>);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.send("dropped").unwrap();
    }
}

fn endless(told: &mpsc::UnboundedSender<&'static str>) -> Registry {
    let told = told.clone();
    Registry::new().activity("Endless", "Endless/mod.rs", move |cancellation: Cancellation| {
        let told = told.clone();
        async move {
            let _dropped = Dropped(told.clone());
            let watch = told.clone();
            tokio::spawn(async move {
                cancellation.cancelled().await;
                watch.send("cancelled").unwrap();
            });
            told.send("began").unwrap();
            std::future::pending::<()>().await;
            done(())
        }
    })
}

async fn is_cancelled_and_dropped(mut events: mpsc::UnboundedReceiver<&'static str>) {
    let mut seen = [soon(events.recv()).await.unwrap(), soon(events.recv()).await.unwrap()];
    seen.sort_unstable();
    assert_eq!(seen, ["cancelled", "dropped"]);
}

#[tokio::test]
async fn dropping_a_call_from_elsewhere_cancels_and_drops_it() {
    let (told, mut events) = mpsc::unbounded_channel();
    let worker = worker(1, endless(&told));
    let call = tokio::spawn(worker.invoke(call("Endless")));
    assert_eq!(soon(events.recv()).await, Some("began"));
    call.abort();
    is_cancelled_and_dropped(events).await;
}

#[tokio::test]
async fn dropping_a_call_in_its_task_cancels_and_drops_it() {
    let (told, mut events) = mpsc::unbounded_channel();
    let worker = worker(1, endless(&told));
    let call = worker.runtime().handle().spawn(worker.invoke(call("Endless")));
    assert_eq!(soon(events.recv()).await, Some("began"));
    call.abort();
    is_cancelled_and_dropped(events).await;
}

/// A loop that never awaits can be ended too, if it looks.
#[tokio::test]
async fn a_dropped_call_from_elsewhere_is_told_at_once() {
    let (told, mut events) = mpsc::unbounded_channel();
    let registry = Registry::new().activity("Busy", "Busy/mod.rs", move |cancellation: Cancellation| {
        let told = told.clone();
        async move {
            told.send("began").unwrap();
            while !cancellation.is_cancelled() {
                thread::yield_now();
            }
            told.send("ended").unwrap();
            done(())
        }
    });
    let worker = worker(1, registry);
    let call = tokio::spawn(worker.invoke(call("Busy")));
    assert_eq!(soon(events.recv()).await, Some("began"));
    call.abort();
    assert_eq!(soon(events.recv()).await, Some("ended"));
}

#[tokio::test]
async fn when_the_host_stops_all_calls_are_told() {
    let registry =
        Registry::new().activity("Patient", "Patient/mod.rs", |cancellation: Cancellation| async move {
            cancellation.cancelled().await;
            done("told")
        });
    let worker = worker(1, registry);
    let elsewhere = tokio::spawn(worker.invoke(call("Patient")));
    let here = worker.runtime().handle().spawn(worker.invoke(call("Patient")));
    worker.cancel_calls();
    for call in [elsewhere, here] {
        assert_eq!(value(soon(call).await.unwrap().unwrap()), r#""told""#);
    }
}

#[tokio::test]
async fn a_call_that_was_never_polled_does_not_begin() {
    let ran = Arc::new(AtomicBool::new(false));
    let inner = ran.clone();
    let registry = Registry::new()
        .activity("Ran", "Ran/mod.rs", move || {
            inner.store(true, Ordering::SeqCst);
            async { done(()) }
        })
        .activity("Next", "Next/mod.rs", || async { done(()) });
    let worker = worker(1, registry);
    drop(worker.invoke(call("Ran")));
    soon(worker.invoke(call("Next"))).await.unwrap();
    assert!(!ran.load(Ordering::SeqCst));
}

#[tokio::test]
async fn after_the_runtime_is_stopped_calls_fail() {
    let worker = worker(1, thread_name());
    worker.runtime().stop();
    let failure = soon(worker.invoke(call("Where"))).await.unwrap_err();
    assert_eq!(failure.kind, kind::CANCELLED);
    assert_eq!(failure.message, "the host stops and runs no functions any more");
    worker.runtime().stop();
}
