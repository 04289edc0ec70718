//! User code that takes its host down, and what becomes of it and of everything that ran beside it.

use std::{future::pending, sync::Arc, time::Duration};

use durable_core::{
    memory::MemoryDatabase,
    model::{InstanceKind, LeasedTask},
};
use durable_engine::{Client, Engine, Executor, Options, clock::VirtualClock};
use fnhost_protocol::{
    action::Action,
    client::{ClientError, StartRequest},
    entity::{EntityBatch, EntityOutcome},
    failure::{Failure, kind},
    ids::{EntityId, InstanceId},
    json::JsonText,
    status::{InstanceStatus, RuntimeStatus},
    time::Timestamp,
    turn::{Turn, TurnOutcome},
};
use futures_util::future::BoxFuture;
use tokio::sync::watch;

use crate::{
    link::Link,
    support::{Past, ScriptExecutor, Scripts, call, complete, text},
};

/// How long an activity that is called `long` takes.
const LONG: Duration = Duration::from_secs(3_600);

/// Runs scripts until one of them takes the host down: the activity `abort`, a turn of an instance that has had one
/// and whose id begins with `abort`, the operation `abort`.
struct Mortal {
    scripts: ScriptExecutor,
    dead: watch::Sender<bool>,
}

impl Mortal {
    fn dies<T: Send + 'static>(&self) -> BoxFuture<'static, T> {
        self.dead.send_replace(true);
        Box::pin(pending())
    }

    fn is_dead(&self) -> bool {
        *self.dead.borrow()
    }
}

impl Executor for Mortal {
    fn resolve(&self, kind: InstanceKind, name: &str) -> Result<Arc<str>, String> {
        self.scripts.resolve(kind, name)
    }

    fn turn(&self, turn: Turn) -> BoxFuture<'static, Result<TurnOutcome, Failure>> {
        if self.is_dead() || (turn.base > 0 && turn.instance.as_str().starts_with("abort")) {
            return self.dies();
        }
        self.scripts.turn(turn)
    }

    fn entity(&self, batch: EntityBatch) -> BoxFuture<'static, Result<EntityOutcome, Failure>> {
        if self.is_dead() || batch.operations.iter().any(|operation| operation.name == "abort") {
            return self.dies();
        }
        self.scripts.entity(batch)
    }

    fn task(&self, task: LeasedTask) -> BoxFuture<'static, Result<JsonText, Failure>> {
        if self.is_dead() || task.name == "abort" {
            return self.dies();
        }
        if task.name == "long" {
            return Box::pin(async move {
                tokio::time::sleep(LONG).await;
                Ok(task.input)
            });
        }
        self.scripts.task(task)
    }
}

/// One life of the host after the other on the same data.
struct Lives {
    database: MemoryDatabase,
    options: Options,
    clock: VirtualClock,
    life: Option<Life>,
    deaths: usize,
}

struct Life {
    link: Arc<Link>,
    engine: Engine,
    client: Client,
    dead: watch::Receiver<bool>,
}

impl Lives {
    async fn new() -> Self {
        Self::with_options(Options::default()).await
    }

    async fn with_options(options: Options) -> Self {
        let clock = VirtualClock::starting_at(Timestamp::parse("2026-01-01T00:00:00Z").unwrap());
        let database = MemoryDatabase::with_clock(Arc::new(clock.clone()));
        let mut lives = Self { database, options, clock, life: None, deaths: 0 };
        lives.begin().await;
        lives
    }

    async fn begin(&mut self) {
        let link = Link::new(self.database.store("hub"));
        let scripts = Scripts::default()
            .with("two steps", |past| steps(past, &["echo", "echo"]))
            .with("long", |past| steps(past, &["long"]))
            .with("abort", |past| steps(past, &["abort"]))
            .with("timer", |past| {
                let fire_at = past.now.unwrap().saturating_add(Duration::from_secs(5));
                let mut wishes = vec![Action::CreateTimer { id: 0, fire_at }];
                wishes.extend(past.ok(0).map(|_| complete("fired")));
                wishes
            })
            .with("crowd", crowd);
        let executor = Mortal { scripts: ScriptExecutor(Arc::new(scripts)), dead: watch::Sender::new(false) };
        let dead = executor.dead.subscribe();
        let (clock, options) = (Arc::new(self.clock.clone()), self.options.clone());
        let engine = Engine::start(link.clone(), Arc::new(executor), clock, options).await.unwrap();
        let client = engine.client();
        self.life = Some(Life { link, engine, client, dead });
    }

    fn client(&self) -> Client {
        self.life.as_ref().unwrap().client.clone()
    }

    /// The host dies, and another begins.
    async fn die(&mut self) {
        let Life { link, engine, .. } = self.life.take().unwrap();
        link.cut();
        drop(engine);
        self.deaths += 1;
        assert!(self.deaths < 100, "it dies and dies");
        self.database.take_over(i64::try_from(self.deaths).unwrap());
        self.begin().await;
    }

    /// Starts an instance, again if the host dies meanwhile.
    async fn start(&mut self, function: &str, id: &str, input: &str) {
        let request = StartRequest {
            function: function.to_owned(),
            instance: Some(InstanceId::parse(id).unwrap()),
            input: JsonText::string(input),
        };
        loop {
            let client = self.client();
            let mut dead = self.life.as_ref().unwrap().dead.clone();
            tokio::select! {
                started = client.start(request.clone()) => match started {
                    Ok(_) | Err(ClientError::AlreadyExists { .. }) => return,
                    Err(error) => panic!("{error}"),
                },
                _ = dead.wait_for(|dead| *dead) => self.die().await,
            }
        }
    }

    /// The end of an instance, however many lives that takes.
    async fn finish(&mut self, id: &str) -> InstanceStatus {
        let id = InstanceId::parse(id).unwrap();
        loop {
            let mut dead = self.life.as_ref().unwrap().dead.clone();
            let client = self.client();
            tokio::select! {
                status = client.wait(id.clone(), LONG * 10) => {
                    let status = status.unwrap();
                    assert!(status.status.is_terminal(), "{id} is still {}", status.status);
                    return status;
                }
                _ = dead.wait_for(|dead| *dead) => self.die().await,
            }
        }
    }

    async fn completes(&mut self, id: &str, output: &str) {
        let status = self.finish(id).await;
        assert_eq!(status.status, RuntimeStatus::Completed, "{id}: {:?}", status.failure);
        assert_eq!(text(&status.output.unwrap()), output);
    }

    async fn fails(&mut self, id: &str) -> Failure {
        let status = self.finish(id).await;
        assert_eq!(status.status, RuntimeStatus::Failed, "{id}: {:?}", status.output);
        status.failure.unwrap()
    }

    async fn innocents(&mut self, count: usize) {
        for n in 0..count {
            self.start("two steps", &format!("innocent-{n}"), "fine").await;
        }
    }

    async fn innocents_complete(&mut self, count: usize) {
        for n in 0..count {
            self.completes(&format!("innocent-{n}"), "fine").await;
        }
    }
}

/// Four hundred operations on one entity at once, and the operation `abort` among them.
fn crowd(past: &Past) -> Vec<Action> {
    let entity = EntityId::new("counter", "one").unwrap();
    let input = JsonText::of(&1).unwrap();
    let mut wishes: Vec<Action> = (0..=400)
        .map(|id| match id {
            200 => Action::CallEntity {
                id,
                entity: entity.clone(),
                operation: "abort".to_owned(),
                input: input.clone(),
            },
            _ => Action::SignalEntity {
                id,
                entity: entity.clone(),
                operation: "add".to_owned(),
                input: input.clone(),
                at: None,
            },
        })
        .collect();
    match past.done.get(&200) {
        Some(Ok(_)) => wishes.push(complete("it lives")),
        Some(Err(why)) => wishes.push(Action::Fail { failure: Failure::new("Asked", why) }),
        None => {}
    }
    wishes
}

/// One activity after the other; then the input is the result.
fn steps(past: &Past, activities: &[&str]) -> Vec<Action> {
    let mut wishes = Vec::new();
    for (id, name) in (0..).zip(activities) {
        wishes.push(call(id, name, &past.input));
        match past.done.get(&id) {
            Some(Ok(_)) => {}
            Some(Err(why)) => {
                wishes.push(Action::Fail { failure: Failure::new("Step", why) });
                return wishes;
            }
            None => return wishes,
        }
    }
    wishes.push(complete(&past.input));
    wishes
}

#[tokio::test(start_paused = true)]
async fn an_activity_that_takes_the_host_down_fails_and_nothing_else() {
    let mut lives = Lives::new().await;
    for n in 0..20 {
        lives.start("long", &format!("long-{n}"), "done").await;
    }
    lives.innocents(300).await;
    lives.start("abort", "poison", "").await;
    let failure = lives.fails("poison").await;
    assert!(failure.message.contains("is not run again"), "{failure}");
    assert!(lives.deaths <= 6, "{} deaths", lives.deaths);
    lives.innocents_complete(300).await;
    for n in 0..20 {
        lives.completes(&format!("long-{n}"), "done").await;
    }
    assert!(lives.deaths <= 6, "{} deaths", lives.deaths);
}

#[tokio::test(start_paused = true)]
async fn an_orchestrator_that_takes_the_host_down_fails_and_nothing_else() {
    let mut lives = Lives::new().await;
    lives.innocents(100).await;
    lives.start("two steps", "abort-1", "x").await;
    let failure = lives.fails("abort-1").await;
    assert_eq!((failure.kind.as_str(), failure.non_retriable), (kind::POISON, true));
    assert!(failure.message.contains("orchestrator `two steps`"), "{failure}");
    assert!(lives.deaths <= 6, "{} deaths", lives.deaths);
    lives.innocents_complete(100).await;
}

#[tokio::test(start_paused = true)]
async fn a_timer_that_takes_the_host_down_fails_its_orchestration() {
    let mut lives = Lives::new().await;
    lives.start("timer", "abort-1", "").await;
    lives.start("timer", "innocent", "").await;
    lives.clock.advance(Duration::from_secs(5), || std::future::ready(())).await;
    let failure = lives.fails("abort-1").await;
    assert_eq!(failure.kind, kind::POISON);
    assert!(lives.deaths <= 6, "{} deaths", lives.deaths);
    lives.completes("innocent", "fired").await;
}

#[tokio::test(start_paused = true)]
async fn an_operation_that_takes_the_host_down_fails_alone() {
    let mut lives = Lives::new().await;
    lives.start("crowd", "crowd", "").await;
    let failure = lives.fails("crowd").await;
    assert!(failure.message.contains("an operation of entity `counter`"), "{failure}");
    assert!(lives.deaths <= 8, "{} deaths", lives.deaths);
    lives.start("two steps", "after", "x").await;
    lives.completes("after", "x").await;
    let counter = EntityId::new("counter", "one").unwrap();
    let state = loop {
        let state = lives.client().read_entity(counter.clone()).await.unwrap().unwrap().state.unwrap();
        let state = state.read::<i64>().unwrap();
        if state >= 400 {
            break state;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    };
    assert_eq!(state, 400, "each of the others counts once");
}

#[tokio::test(start_paused = true)]
async fn several_at_once_are_told_apart() {
    let mut lives = Lives::new().await;
    lives.innocents(50).await;
    for n in 0..3 {
        lives.start("abort", &format!("poison-{n}"), "").await;
        lives.start("two steps", &format!("abort-{n}"), "x").await;
    }
    for n in 0..3 {
        lives.fails(&format!("poison-{n}")).await;
        lives.fails(&format!("abort-{n}")).await;
    }
    lives.innocents_complete(50).await;
    // Six pieces of poison: each three times alone, and as often with others before that.
    assert!(lives.deaths <= 2 + 6 * 6, "{} deaths", lives.deaths);
}

#[tokio::test(start_paused = true)]
async fn how_often_is_a_setting() {
    let mut lives = Lives::with_options(Options { max_host_deaths: 1, ..Options::default() }).await;
    lives.start("abort", "poison", "").await;
    lives.fails("poison").await;
    assert_eq!(lives.deaths, 3, "twice among everything, and once alone");
}

/// Only deaths in a row count: work that survives every other trial is never given up.
#[tokio::test(start_paused = true)]
async fn the_innocent_never_fail_however_often_their_host_is_killed() {
    let mut lives = Lives::new().await;
    for n in 0..40 {
        lives.start("long", &format!("long-{n}"), "done").await;
    }
    lives.innocents(100).await;
    for seconds in [1, 8].repeat(15) {
        tokio::time::sleep(Duration::from_secs(seconds)).await;
        lives.die().await;
    }
    lives.innocents_complete(100).await;
    for n in 0..40 {
        lives.completes(&format!("long-{n}"), "done").await;
    }
}

/// One death makes nobody suspicious.
#[tokio::test(start_paused = true)]
async fn after_a_power_cut_nothing_waits() {
    let mut lives = Lives::new().await;
    for n in 0..100 {
        lives.start("long", &format!("long-{n}"), "done").await;
    }
    lives.die().await;
    let began = tokio::time::Instant::now();
    lives.start("two steps", "new", "x").await;
    lives.completes("new", "x").await;
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
}

/// What runs for an hour is tried for seconds, and in between others have their turn.
#[tokio::test(start_paused = true)]
async fn new_work_does_not_wait_for_long() {
    let mut lives = Lives::new().await;
    for n in 0..200 {
        lives.start("long", &format!("long-{n}"), "done").await;
    }
    lives.die().await;
    lives.die().await;
    let began = tokio::time::Instant::now();
    for n in 0..10 {
        lives.start("two steps", &format!("new-{n}"), "x").await;
        lives.completes(&format!("new-{n}"), "x").await;
        tokio::time::sleep(Duration::from_secs(5)).await;
    }
    assert!(began.elapsed() < Duration::from_secs(150), "{:?}", began.elapsed());
}
