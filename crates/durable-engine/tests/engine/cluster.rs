//! Several engines on one database in memory, all by the same clock: tokio's, which stands still while anybody works and
//! jumps to the next deadline when nobody does.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use durable_core::{clock::Clock, memory::MemoryDatabase, store::Sharing};
use durable_engine::{Client, Engine, Options, clock::Uptime};
use fnhost_protocol::{
    client::StartRequest,
    ids::InstanceId,
    json::JsonText,
    status::{InstanceStatus, RuntimeStatus},
    time::Timestamp,
};
use futures_util::future::BoxFuture;
use tokio::time::Instant;

use crate::{
    link::Link,
    support::{ScriptExecutor, Scripts, text},
};

pub const LEASE: Duration = Duration::from_secs(15);

/// Tokio's clock as the time of day.
#[derive(Debug, Clone, Copy)]
struct Day(Instant);

impl Clock for Day {
    fn now(&self) -> Timestamp {
        Timestamp::parse("2026-01-01T00:00:00Z").unwrap().saturating_add(self.0.elapsed())
    }

    fn sleep_until(&self, due: Timestamp) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(due.since(self.now())))
    }
}

/// Tokio's clock, and the time that the machine was suspended.
#[derive(Debug)]
pub struct Watch {
    began: Instant,
    suspended: AtomicU64,
}

impl Watch {
    /// As if the machine had slept for so long.
    pub fn suspend(&self, time: Duration) {
        self.suspended.fetch_add(u64::try_from(time.as_millis()).unwrap(), Ordering::Relaxed);
    }
}

impl Uptime for Watch {
    fn now(&self) -> Duration {
        self.began.elapsed() + Duration::from_millis(self.suspended.load(Ordering::Relaxed))
    }
}

pub struct Cluster {
    pub database: MemoryDatabase,
    day: Day,
    options: Options,
}

pub struct Node {
    pub link: Arc<Link>,
    pub watch: Arc<Watch>,
    pub scripts: Arc<Scripts>,
    pub engine: Engine,
    pub client: Client,
}

impl Cluster {
    pub fn new() -> Self {
        Self::with_options(Options::default())
    }

    pub fn with_options(options: Options) -> Self {
        let day = Day(Instant::now());
        let database = MemoryDatabase::shared(Sharing { lease: LEASE }, Arc::new(day));
        Self { database, day, options }
    }

    /// One more host.
    pub async fn join(&self, scripts: Scripts) -> Node {
        self.join_by(Link::new(self.database.store("hub")), scripts).await
    }

    pub async fn join_by(&self, link: Arc<Link>, scripts: Scripts) -> Node {
        let scripts = Arc::new(scripts);
        let watch = Arc::new(Watch { began: Instant::now(), suspended: AtomicU64::new(0) });
        let options = Options { uptime: watch.clone(), jitter_seed: Some(1), ..self.options.clone() };
        let executor = Arc::new(ScriptExecutor(scripts.clone()));
        let engine = Engine::start(link.clone(), executor, Arc::new(self.day), options).await.unwrap();
        let client = engine.client();
        // A host that has just come asks for all work that there is, and keeps its slots free for it.
        client.settled().await;
        Node { link, watch, scripts, engine, client }
    }
}

impl Node {
    pub async fn start(&self, function: &str, id: &str, input: &str) -> InstanceId {
        let request = StartRequest {
            function: function.to_owned(),
            instance: Some(InstanceId::parse(id).unwrap()),
            input: JsonText::string(input),
        };
        self.client.start(request).await.unwrap()
    }

    pub async fn finish(&self, id: &InstanceId) -> InstanceStatus {
        let status = self.client.wait(id.clone(), Duration::from_secs(300)).await.unwrap();
        assert!(status.status.is_terminal(), "{id} is still {}", status.status);
        status
    }

    pub async fn output(&self, id: &InstanceId) -> String {
        let status = self.finish(id).await;
        assert_eq!(status.status, RuntimeStatus::Completed, "{:?}", status.failure);
        text(&status.output.unwrap())
    }

    /// How many activities have begun here.
    pub fn tasks_run(&self) -> usize {
        self.scripts.tasks_run.lock().unwrap().len()
    }

    /// Waits until so many activities have begun here.
    pub async fn begun(&self, tasks: usize) {
        let gave_up = Instant::now() + Duration::from_secs(600);
        while self.tasks_run() < tasks {
            assert!(Instant::now() < gave_up, "{} of {tasks} activities have begun", self.tasks_run());
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}
