//! What starts functions without a request: listeners, and the dispatcher that runs what they offer.

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use bytes::Bytes;
use durable_core::{clock::Clock, store::Occurrences};
use fnhost_protocol::time::Timestamp;
use futures_util::future::BoxFuture;
use tokio::task::{JoinHandle, JoinSet};

use crate::{
    admin::BlobListener,
    shutdown::{Shutdown, Stage},
    triggers::{
        blob::{BlobTriggers, Delivered, NotDelivered},
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
    blobs: Arc<BlobTriggers>,
    outside: Outside,
}

impl Listeners {
    pub(super) fn new(
        store: Arc<dyn Occurrences>,
        clock: Arc<dyn Clock>,
        lease: Option<Duration>,
        timers: TimerTrigger,
        blobs: Arc<BlobTriggers>,
    ) -> Self {
        let outside = Outside {
            timers: timers.timers(),
            blobs: blobs.clone(),
            clock: clock.clone(),
            dispatcher: Arc::default(),
        };
        Self { store, clock, lease, timers, blobs, outside }
    }

    /// A handle for those who wait until nothing is to be done.
    pub(super) fn outside(&self) -> Outside {
        self.outside.clone()
    }

    /// Listens until `shutdown` begins. A host that is to stop before it began, such as one that was made for one call by
    /// hand, takes no work that it would only give back.
    pub(super) fn listen(self, shutdown: &Shutdown) -> Listening {
        if shutdown.stage() > Stage::Running {
            return Listening { dispatcher: None, tasks: Vec::new(), watches: JoinSet::new() };
        }
        let lanes: Vec<_> = self.timers.lane().into_iter().chain(self.blobs.lane()).collect();
        let dispatcher = Dispatcher::start(self.store, self.clock, self.lease, lanes);
        self.outside.dispatcher.get_or_init(|| dispatcher.clone());
        let timers = tokio::spawn(self.timers.run(dispatcher.clone(), shutdown.clone()));
        let watches = self.blobs.watch(&dispatcher);
        Listening { dispatcher: Some(dispatcher), tasks: vec![timers], watches }
    }
}

/// Listeners at work.
pub(super) struct Listening {
    dispatcher: Option<Dispatcher>,
    /// They end by themselves when the host is told to stop.
    tasks: Vec<JoinHandle<()>>,
    /// They never end by themselves.
    watches: JoinSet<()>,
}

impl Listening {
    /// Completes when what runs has ended, or `patience` is over; the rest is given back. Whether nothing was cut off.
    pub(super) async fn stop(mut self, patience: impl Future<Output = ()>) -> bool {
        let Some(dispatcher) = self.dispatcher else { return true };
        self.watches.shutdown().await;
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
    blobs: Arc<BlobTriggers>,
    clock: Arc<dyn Clock>,
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

impl BlobListener for Outside {
    fn deliver(
        &self,
        connection: Option<String>,
        body: Bytes,
    ) -> BoxFuture<'static, Result<Delivered, NotDelivered>> {
        let blobs = self.blobs.clone();
        Box::pin(async move { blobs.deliver(connection.as_deref(), &body).await })
    }

    fn look(&self) {
        if let Some(dispatcher) = self.dispatcher.get() {
            dispatcher.look();
        }
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }
}
