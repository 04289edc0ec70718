//! Hosts of one app on one store in memory, with a worker that writes down what it is asked to do.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use durable_core::{
    clock::Clock,
    memory::MemoryDatabase,
    store::{Occurrences, Sharing},
};
use durable_engine::clock::{SystemClock, VirtualClock};
use fnhost_protocol::{
    entity::{EntityBatch, EntityOutcome},
    failure::Failure,
    invocation::{Invocation, Outcome, Reply, TriggerData},
    json::JsonText,
    time::Timestamp,
    timer::TimerCall,
    turn::{Turn, TurnOutcome},
    worker::Worker,
};
use futures_util::future::BoxFuture;
use tempfile::TempDir;
use tokio::{sync::watch, task::JoinHandle};

use super::super::{TimerParts, TimerTrigger, Timers, pump::Bell};
use crate::{
    app::{AppGeneration, AppHandle, LoadOptions, load},
    config::{Arguments, Environment},
    invoke::Invoker,
    shutdown::Shutdown,
    triggers::dispatch::Dispatcher,
};

/// When all tests begin.
pub(super) const START: &str = "2026-01-01T00:00:00Z";

pub(super) fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

/// What is there for all hosts.
pub(super) struct Scene {
    app: TempDir,
    pub(super) database: MemoryDatabase,
    pub(super) clock: VirtualClock,
    pub(super) worker: Arc<FakeWorker>,
}

impl Scene {
    /// An app with these timers: name and what stands in the file after the name of the binding.
    pub(super) fn new(timers: &[(&str, &str)]) -> Self {
        let app = tempfile::tempdir().unwrap();
        std::fs::write(
            app.path().join("host.toml"),
            "version = \"2.0\"\n[extensions.timers]\ntimeZone = \"UTC\"\n",
        )
        .unwrap();
        let clock = VirtualClock::starting_at(at(START));
        // Leases go by a clock of the database's own, which nobody turns.
        let sharing = Sharing { lease: Duration::from_secs(60) };
        let database = MemoryDatabase::shared(sharing, Arc::new(SystemClock));
        let scene = Self { app, database, clock, worker: Arc::default() };
        for (name, rest) in timers {
            scene.write(name, rest);
        }
        scene
    }

    /// Writes the file of a timer.
    pub(super) fn write(&self, name: &str, rest: &str) {
        let folder = self.app.path().join("functions").join(name);
        std::fs::create_dir_all(&folder).unwrap();
        let text = format!("[[bindings]]\ntype = \"timerTrigger\"\nname = \"timer\"\n{rest}\n");
        std::fs::write(folder.join("function.toml"), text).unwrap();
    }

    fn generation(&self) -> Arc<AppGeneration> {
        let loaded = load(&LoadOptions {
            app: self.app.path(),
            environment: &Environment::default(),
            arguments: &Arguments::default(),
            handlers: None,
            strict: true,
            route_check: None,
        });
        AppHandle::new(loaded.unwrap_or_else(|report| panic!("{report}"))).current()
    }

    /// A host that has begun.
    pub(super) async fn host(&self) -> Host {
        self.host_by(Arc::new(self.clock.clone())).await
    }

    /// One that goes by this clock.
    pub(super) async fn host_by(&self, clock: Arc<dyn Clock>) -> Host {
        let store: Arc<dyn Occurrences> = Arc::new(self.database.store("hub"));
        let generation = self.generation();
        let trigger = TimerTrigger::prepare(TimerParts {
            app: &generation,
            clock: clock.clone(),
            is_held: true,
            store: store.clone(),
            invoker: Invoker::new(self.worker.clone(), None),
        });
        let trigger = trigger.await.unwrap();
        let lanes = trigger.lane().into_iter().collect();
        let dispatcher = Dispatcher::start(store, clock, Some(Duration::from_secs(60)), lanes);
        let (timers, bell, shutdown) = (trigger.timers(), trigger.bell.clone(), Shutdown::new());
        let running = tokio::spawn(trigger.run(dispatcher.clone(), shutdown.clone()));
        let host = Host { timers, dispatcher, bell, shutdown, running };
        host.settled().await;
        host
    }

    /// Turns the clock of all hosts.
    pub(super) async fn advance(&self, hosts: &[&Host], by: Duration) {
        let settle = || async {
            while !hosts.iter().all(|host| host.timers.is_settled() && host.dispatcher.is_settled()) {
                for host in hosts {
                    host.settled().await;
                }
            }
        };
        self.clock.advance(by, settle).await;
    }

    /// What was run since the last time: name, time, and what is unusual about it.
    pub(super) fn runs(&self) -> Vec<String> {
        std::mem::take(&mut *self.worker.calls.lock().unwrap())
            .iter()
            .map(|(function, call)| {
                let late = if call.is_past_due { " late" } else { "" };
                let again =
                    if call.attempt > 1 { format!(" attempt {}", call.attempt) } else { String::new() };
                format!("{function} {}{late}{again}", &call.slot.to_string()[11..19])
            })
            .collect()
    }
}

/// One host.
pub(super) struct Host {
    pub(super) timers: Timers,
    pub(super) dispatcher: Dispatcher,
    bell: Bell,
    shutdown: Shutdown,
    running: JoinHandle<()>,
}

impl Host {
    pub(super) async fn settled(&self) {
        self.timers.settled().await;
        self.dispatcher.settled().await;
    }

    /// Has it look at the clock, as its sweep does.
    pub(super) async fn sweep(&self) {
        self.bell.notify_one();
        while self.timers.0.state().seen != self.timers.0.clock.now() {
            tokio::task::yield_now().await;
        }
        self.settled().await;
    }

    /// Stops it as a signal does.
    pub(super) async fn stop(self) {
        self.shutdown.begin_graceful();
        self.running.await.unwrap();
        assert!(self.dispatcher.stop(std::future::pending()).await, "everything ended in time");
    }
}

/// Writes down what it is asked to do, and fails or waits as it is told.
#[derive(Default)]
pub(super) struct FakeWorker {
    pub(super) calls: Mutex<Vec<(String, TimerCall)>>,
    /// The outcomes of the next calls; they go well when there are none.
    pub(super) failures: Mutex<VecDeque<Failure>>,
    /// While it is set, calls do not end.
    pub(super) held: Mutex<Option<watch::Receiver<bool>>>,
}

impl Worker for FakeWorker {
    fn invoke(&self, invocation: Invocation) -> BoxFuture<'static, Outcome> {
        let TriggerData::Timer(call) = invocation.trigger else { panic!("only timers run here") };
        self.calls.lock().unwrap().push((invocation.function.to_string(), call));
        let failure = self.failures.lock().unwrap().pop_front();
        let held = self.held.lock().unwrap().clone();
        Box::pin(async move {
            if let Some(mut held) = held {
                held.wait_for(|released| *released).await.unwrap();
            }
            failure.map_or(Ok(Reply::Value(JsonText::null())), Err)
        })
    }

    fn turn(&self, _: Turn) -> BoxFuture<'static, Result<TurnOutcome, Failure>> {
        panic!("no orchestrations run here")
    }

    fn entity(&self, _: EntityBatch) -> BoxFuture<'static, Result<EntityOutcome, Failure>> {
        panic!("no entities run here")
    }
}
