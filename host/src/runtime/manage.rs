//! The small traits of room `admin`, answered by the parts.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use durable_core::store::StoreError;
use durable_engine::{
    Client,
    clock::{Clock, VirtualClock},
};
use fnhost_protocol::{json::JsonText, time::Timestamp};
use futures_util::future::BoxFuture;
use tokio::sync::Mutex;

use super::{listeners::Outside, manual::ManualCalls};
use crate::{
    admin::{ClockControl, FunctionList, HostHealth, HostState, ManualRun, NotReady, NotRun, TimerList},
    app::{AppHandle, Function, Functions},
    shutdown::{Shutdown, Stage},
    triggers::timer::{TimerState, Timers},
    workers::UserRuntime,
};

/// The functions of the current generation.
pub(super) struct CurrentFunctions(pub(super) AppHandle);

impl FunctionList for CurrentFunctions {
    fn functions(&self) -> Functions {
        self.0.current().functions().clone()
    }

    fn errors(&self, function: Option<&str>) -> Vec<String> {
        let app = self.0.current();
        app.problems()
            .problems()
            .iter()
            .filter(|problem| match function {
                Some(name) => problem.concerns(name),
                None => true,
            })
            .map(|problem| problem.message().to_owned())
            .collect()
    }
}

impl TimerList for Timers {
    fn timers(&self, only: Option<String>) -> BoxFuture<'static, Result<Vec<TimerState>, StoreError>> {
        let timers = self.clone();
        Box::pin(async move { timers.list(only.as_deref()).await })
    }
}

impl ManualRun for ManualCalls {
    fn run(&self, function: Arc<Function>, input: JsonText) -> Result<(), NotRun> {
        self.begin(function, input)
    }

    fn run_and_wait(
        &self,
        function: Arc<Function>,
        input: JsonText,
    ) -> BoxFuture<'static, Result<JsonText, fnhost_protocol::failure::Failure>> {
        let calls = self.clone();
        Box::pin(async move { ManualCalls::run(&calls, function.name(), input).await })
    }
}

/// How the host is.
pub(super) struct Health {
    pub(super) shutdown: Shutdown,
    pub(super) users: UserRuntime,
    pub(super) serving: Arc<AtomicBool>,
    pub(super) engine: Client,
}

impl HostHealth for Health {
    fn state(&self) -> HostState {
        if self.shutdown.stage() > Stage::Running {
            HostState::Stopping
        } else if !self.serving.load(Ordering::Relaxed) {
            HostState::Starting
        } else if self.users.is_saturated() || !self.engine.health().has_lease {
            HostState::Error
        } else {
            HostState::Running
        }
    }

    fn not_ready(&self) -> Vec<NotReady> {
        let reason = match self.state() {
            HostState::Running => return Vec::new(),
            HostState::Starting => ("host", "it is starting".to_owned()),
            HostState::Stopping => ("host", "it is stopping".to_owned()),
            // Everybody may read this; the watchdog has written the names of the functions to the log.
            HostState::Error if !self.users.is_saturated() => (
                "durable",
                "this host has no lease on its task hub; it begins again as soon as the database gives it one".to_owned(),
            ),
            HostState::Error => {
                let threads = self.users.health().threads;
                ("workers", format!("functions hold all {threads} threads; the log names them"))
            }
        };
        vec![NotReady { name: reason.0.to_owned(), reason: reason.1 }]
    }

    fn troubles(&self) -> Vec<String> {
        let refused = self.engine.health().refused;
        refused
            .into_iter()
            .map(|trouble| {
                format!(
                    "the database refuses to record work of instance {} since {} ({} tries): {}",
                    trouble.instance.0, trouble.since, trouble.tries, trouble.why
                )
            })
            .collect()
    }
}

/// The virtual clock, turned so that everything settles at every step.
pub(super) struct TurnableClock {
    pub(super) clock: VirtualClock,
    pub(super) engine: Client,
    pub(super) outside: Outside,
    /// One turn at a time: two at once would settle each other's steps.
    pub(super) turning: Arc<Mutex<()>>,
}

impl ClockControl for TurnableClock {
    fn advance(&self, by: Duration) -> BoxFuture<'static, ()> {
        let (clock, engine, outside) = (self.clock.clone(), self.engine.clone(), self.outside.clone());
        let turning = self.turning.clone();
        Box::pin(async move {
            let _one_at_a_time = turning.lock().await;
            clock.advance(by, || settled(&engine, &outside)).await;
        })
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

/// Completes when nothing is under way. What timers start may start orchestrations, and the other way round.
async fn settled(engine: &Client, outside: &Outside) {
    loop {
        outside.settled().await;
        engine.settled().await;
        if outside.is_settled() {
            return;
        }
    }
}
