//! What starts functions without a request: listeners, and the dispatcher that runs what they offer.

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use durable_core::{clock::Clock, store::Occurrences};
use tokio::task::JoinHandle;

use crate::{
    shutdown::{Shutdown, Stage},
    triggers::{
        dispatch::Dispatcher,
        timer::{TimerTrigger, Timers},
    },
};

/// All listeners of a host, before they listen.
pub(super) struct Listeners {
    store: Arc<dyn Occurrences>,
    clock: Arc<dyn Clock>,
    /// How long what this host has taken stays its own when it falls silent; `None` where no other host could have it.
    lease: Option<Duration>,
    timers: TimerTrigger,
    outside: Outside,
}

impl Listeners {
    pub(super) fn new(
        store: Arc<dyn Occurrences>,
        clock: Arc<dyn Clock>,
        lease: Option<Duration>,
        timers: TimerTrigger,
    ) -> Self {
        let outside = Outside { timers: timers.timers(), dispatcher: Arc::default() };
        Self { store, clock, lease, timers, outside }
    }

    /// A handle for those who wait until nothing is to be done.
    pub(super) fn outside(&self) -> Outside {
        self.outside.clone()
    }

    /// Listens until `shutdown` begins. A host that is to stop before it began, such as one that was made for one call by
    /// hand, takes no work that it would only give back.
    pub(super) fn listen(self, shutdown: &Shutdown) -> Listening {
        if shutdown.stage() > Stage::Running {
            return Listening { dispatcher: None, tasks: Vec::new() };
        }
        let lanes: Vec<_> = self.timers.lane().into_iter().collect();
        let dispatcher = Dispatcher::start(self.store, self.clock, self.lease, lanes);
        self.outside.dispatcher.get_or_init(|| dispatcher.clone());
        let timers = tokio::spawn(self.timers.run(dispatcher.clone(), shutdown.clone()));
        Listening { dispatcher: Some(dispatcher), tasks: vec![timers] }
    }
}

/// Listeners at work.
pub(super) struct Listening {
    dispatcher: Option<Dispatcher>,
    /// They end by themselves when the host is told to stop.
    tasks: Vec<JoinHandle<()>>,
}

impl Listening {
    /// Completes when what runs has ended, or `patience` is over; the rest is given back. Whether nothing was cut off.
    pub(super) async fn stop(self, patience: impl Future<Output = ()>) -> bool {
        let Some(dispatcher) = self.dispatcher else { return true };
        for task in self.tasks {
            if let Err(error) = task.await {
                tracing::error!(%error, "a listener ended before it was told to");
            }
        }
        dispatcher.stop(patience).await
    }
}

/// What was set off from outside, for whoever turns the clock.
#[derive(Clone)]
pub(super) struct Outside {
    timers: Timers,
    /// There as soon as the host listens.
    dispatcher: Arc<OnceLock<Dispatcher>>,
}

impl Outside {
    /// Whether only something new or time can make anything happen.
    pub(super) fn is_settled(&self) -> bool {
        self.timers.is_settled() && self.dispatcher.get().is_none_or(Dispatcher::is_settled)
    }

    /// Completes when nothing runs and nothing is due.
    pub(super) async fn settled(&self) {
        while !self.is_settled() {
            self.timers.settled().await;
            if let Some(dispatcher) = self.dispatcher.get() {
                dispatcher.settled().await;
            }
        }
    }
}
