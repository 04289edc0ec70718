//! A dispatcher with one lane, and a runner whose runs end when the test says so.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use durable_core::{
    clock::Clock as _,
    memory::{MemoryDatabase, MemoryStore},
    store::{LeasedOccurrence, Occurrence, Occurrences, PoisonedQuery},
};
use durable_engine::clock::VirtualClock;
use fnhost_protocol::{json::JsonText, time::Timestamp};
use futures_util::future::BoxFuture;
use tokio::sync::{mpsc, oneshot};

use super::super::{Dispatcher, Lane, Offered, Runner, Verdict};

pub(super) const HUB: &str = "hub";

/// A run that has begun.
pub(super) struct Begun {
    pub(super) leased: LeasedOccurrence,
    end: oneshot::Sender<Verdict>,
}

impl Begun {
    pub(super) fn key(&self) -> &str {
        &self.leased.occurrence.key
    }

    /// Ends the run.
    pub(super) fn end(self, verdict: Verdict) {
        assert!(self.end.send(verdict).is_ok(), "the run was dropped");
    }

    /// Completes when the run was dropped before its end.
    pub(super) async fn dropped(mut self) {
        self.end.closed().await;
    }
}

struct Stage(mpsc::UnboundedSender<Begun>);

impl Runner for Stage {
    fn run(&self, leased: LeasedOccurrence) -> BoxFuture<'static, Verdict> {
        let (end, ended) = oneshot::channel();
        let told = self.0.send(Begun { leased, end });
        Box::pin(async move {
            assert!(told.is_ok(), "the test goes on");
            ended.await.expect("the test ends every run")
        })
    }
}

/// Answers at once, from a list, and writes down what it ran.
#[derive(Default)]
pub(super) struct Script {
    pub(super) verdicts: Mutex<VecDeque<Verdict>>,
    pub(super) ran: Mutex<Vec<(String, u32)>>,
}

impl Runner for Script {
    fn run(&self, leased: LeasedOccurrence) -> BoxFuture<'static, Verdict> {
        self.ran.lock().unwrap().push((leased.occurrence.key, leased.attempt));
        let verdict = self.verdicts.lock().unwrap().pop_front().unwrap_or(Verdict::Done);
        Box::pin(async move { verdict })
    }
}

pub(super) struct Scene {
    pub(super) database: MemoryDatabase,
    pub(super) clock: VirtualClock,
}

impl Scene {
    pub(super) fn new() -> Self {
        Self { database: MemoryDatabase::new(), clock: VirtualClock::starting_at(at(0)) }
    }

    pub(super) fn store(&self) -> Arc<MemoryStore> {
        Arc::new(self.database.store(HUB))
    }

    pub(super) fn start(&self, width: usize, runner: Arc<dyn Runner>) -> Dispatcher {
        self.start_on(self.store(), width, runner)
    }

    pub(super) fn start_on(
        &self,
        store: Arc<dyn Occurrences>,
        width: usize,
        runner: Arc<dyn Runner>,
    ) -> Dispatcher {
        let lane = Lane { prefix: "blob:", sources: vec!["blob:a".to_owned()], width, runner };
        Dispatcher::start(store, Arc::new(self.clock.clone()), None, vec![lane])
    }

    /// A dispatcher whose runs the test ends itself.
    pub(super) fn staged(&self, width: usize) -> (Dispatcher, mpsc::UnboundedReceiver<Begun>) {
        let (tell, begun) = mpsc::unbounded_channel();
        (self.start(width, Arc::new(Stage(tell))), begun)
    }

    pub(super) async fn advance(&self, seconds: u64, dispatcher: &Dispatcher) {
        self.clock.advance(Duration::from_secs(seconds), || dispatcher.settled()).await;
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(super) async fn poisoned(&self) -> Vec<(String, String)> {
        let query = PoisonedQuery { limit: 100, ..PoisonedQuery::default() };
        let found = self.store().poisoned(query).await.unwrap();
        found.into_iter().map(|found| (found.occurrence.key, found.reason)).collect()
    }
}

pub(super) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros(seconds * 1_000_000)
}

pub(super) fn blob(key: &str) -> Occurrence {
    Occurrence {
        source: "blob:a".to_owned(),
        key: key.to_owned(),
        version: "1".to_owned(),
        due: at(0),
        serial: false,
        data: JsonText::null(),
    }
}

pub(super) async fn offer(dispatcher: &Dispatcher, keys: &[&str]) -> Vec<Offered> {
    dispatcher.offer(keys.iter().map(|key| blob(key)).collect()).await.unwrap()
}
