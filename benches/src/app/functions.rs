//! The functions.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use fnhost_sdk::{
    DurableClient, EntityContext, EntityReply, First, OrchestrationContext, Path, Registry, Response, Result,
    TimerInfo, Timestamp, entity,
};
use serde::{Deserialize, Serialize};

use super::{CITIES, COUNTER, Chain, GO, SAY_HELLO, SEQUENCE};

/// What the HTTP function and the bare server answer.
pub(crate) const HELLO: &str = "Hello, World!";

/// Waits for an event and returns what it brings.
pub(crate) const WAIT_FOR_GO: &str = "WaitForGo";

/// Waits for an event, for months.
pub(crate) const PATIENT: &str = "Patient";

/// Sleeps until the time that it is given, in microseconds since 1970, and returns it.
pub(crate) const NAP: &str = "Nap";

/// Writes down when it is called, and for which time.
pub(crate) const ALARM: &str = "Alarm";

/// A call of [`ALARM`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct AlarmCall {
    /// The time that it was for.
    pub(crate) slot: Timestamp,
    /// How long after that it was.
    pub(crate) late: Duration,
}

/// Of this process, since somebody has looked.
static CALLS: Mutex<Vec<AlarmCall>> = Mutex::new(Vec::new());

/// The calls of [`ALARM`] in this process since this was asked for the last time.
pub(crate) fn take_calls() -> Vec<AlarmCall> {
    std::mem::take(&mut *CALLS.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Many activities at once.
pub(crate) struct FanOut;

impl FanOut {
    /// The orchestrator; its input is how many.
    pub(crate) const ORCHESTRATOR: &str = "FanOut";
    /// What it calls with 0, 1, 2, …, and then adds up.
    pub(crate) const ACTIVITY: &str = "Double";

    /// What the activity answers.
    pub(crate) fn double(number: u64) -> u64 {
        2 * number
    }

    /// What the orchestrator answers.
    pub(crate) fn sum(width: u64) -> u64 {
        (0..width).map(Self::double).sum()
    }
}

/// Longer than anything takes.
const PATIENCE: Duration = Duration::from_secs(60);

async fn hello() -> &'static str {
    HELLO
}

async fn wait(Path(function): Path<String>, client: DurableClient) -> Result<Response> {
    client.start_and_wait_or_check_status(&function, (), PATIENCE).await
}

async fn greet(ctx: OrchestrationContext, chain: Chain) -> Result<Vec<String>> {
    let mut greetings = Vec::with_capacity(chain.cities.len());
    for city in chain.cities {
        greetings.push(ctx.activity(SAY_HELLO, city).await?);
    }
    Ok(greetings)
}

async fn sequence(ctx: OrchestrationContext) -> Result<Vec<String>> {
    greet(ctx, SEQUENCE).await
}

async fn cities(ctx: OrchestrationContext) -> Result<Vec<String>> {
    greet(ctx, CITIES).await
}

async fn say_hello(city: String) -> Result<String> {
    Ok(format!("Hello {city}!"))
}

async fn fan_out(ctx: OrchestrationContext, width: u64) -> Result<u64> {
    let doubled = ctx.try_join_all((0..width).map(|number| ctx.activity::<u64>(FanOut::ACTIVITY, number)));
    Ok(doubled.await?.into_iter().sum())
}

async fn double(number: u64) -> Result<u64> {
    Ok(FanOut::double(number))
}

async fn wait_for_go(ctx: OrchestrationContext) -> Result<u64> {
    ctx.wait_for_event(GO).await
}

async fn patient(ctx: OrchestrationContext) -> Result<u64> {
    const MONTHS: Duration = Duration::from_secs(90 * 24 * 3_600);
    match ctx.first(ctx.wait_for_event(GO), ctx.timer(MONTHS)).await? {
        First::Left(brought) => Ok(brought),
        First::Right(()) => Ok(0),
    }
}

async fn nap(ctx: OrchestrationContext, due_micros: i64) -> Result<i64> {
    ctx.timer(Timestamp::from_micros(due_micros)).await?;
    Ok(due_micros)
}

async fn alarm(timer: TimerInfo) -> Result<()> {
    let late = Timestamp::from(SystemTime::now()).since(timer.slot());
    CALLS.lock().unwrap_or_else(PoisonError::into_inner).push(AlarmCall { slot: timer.slot(), late });
    Ok(())
}

#[derive(Default, Serialize, Deserialize)]
struct Counter {
    value: i64,
}

#[entity]
impl Counter {
    fn add(&mut self, amount: i64) {
        self.value += amount;
    }
}

async fn counter(ctx: EntityContext) -> Result<EntityReply> {
    ctx.dispatch::<Counter>().await
}

/// The functions, linked.
pub(crate) fn registry() -> Registry {
    const SOURCE: &str = "benches/src/app/functions.rs";
    Registry::new()
        .http("Hello", SOURCE, hello)
        .http("Wait", SOURCE, wait)
        .orchestration(SEQUENCE.orchestrator, SOURCE, sequence)
        .orchestration(CITIES.orchestrator, SOURCE, cities)
        .activity(SAY_HELLO, SOURCE, say_hello)
        .orchestration(FanOut::ORCHESTRATOR, SOURCE, fan_out)
        .activity(FanOut::ACTIVITY, SOURCE, double)
        .orchestration(WAIT_FOR_GO, SOURCE, wait_for_go)
        .orchestration(PATIENT, SOURCE, patient)
        .orchestration(NAP, SOURCE, nap)
        .timer(ALARM, SOURCE, alarm)
        .entity(COUNTER, SOURCE, counter)
}
