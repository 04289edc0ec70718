//! Functions that take their process down, and one that lasts.

use std::{
    future::poll_fn,
    process::abort,
    task::Poll,
    thread,
    time::{Duration, Instant},
};

use fnhost_sdk::{EntityContext, EntityId, EntityReply, OrchestrationContext, Result, entity};
use serde::{Deserialize, Serialize};

/// Takes some time, and gives what it was given.
pub(super) async fn rest(millis: u64) -> Result<u64> {
    let end = Instant::now() + Duration::from_millis(millis);
    // By a thread, because this package has no other clock.
    poll_fn(|context| {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Poll::Ready(());
        }
        let waker = context.waker().clone();
        thread::spawn(move || {
            thread::sleep(left);
            waker.wake();
        });
        Poll::Pending
    })
    .await;
    Ok(millis)
}

pub(super) async fn outlast(ctx: OrchestrationContext, millis: u64) -> Result<u64> {
    ctx.activity("Rest", millis).await
}

pub(super) async fn kill(_: ()) -> Result<()> {
    abort()
}

/// Gives the reason why an activity that takes the process down has failed.
pub(super) async fn survive(ctx: OrchestrationContext, _: ()) -> Result<String> {
    Ok(match ctx.activity::<()>("Kill", ()).await {
        Ok(()) => "it lives".to_owned(),
        Err(error) => error.to_string(),
    })
}

/// Takes the process down between two activities.
pub(super) async fn kill_in_turn(ctx: OrchestrationContext, _: ()) -> Result<()> {
    ctx.activity::<u64>("Double", 1_u64).await?;
    abort()
}

#[derive(Default, Serialize, Deserialize)]
struct Trap {
    steps: u64,
}

#[entity]
impl Trap {
    fn step(&mut self) {
        self.steps += 1;
    }

    fn spring(&mut self) {
        abort()
    }
}

pub(super) async fn trap(ctx: EntityContext) -> Result<EntityReply> {
    ctx.dispatch::<Trap>().await
}

/// Gives the reason why one of three operations has failed; the others are done.
pub(super) async fn walk(ctx: OrchestrationContext, _: ()) -> Result<String> {
    let trap = EntityId::new("Trap", "one")?;
    ctx.signal_entity(&trap, "Step", ())?;
    let sprung = ctx.call_entity::<()>(&trap, "Spring", ());
    ctx.signal_entity(&trap, "Step", ())?;
    Ok(match sprung.await {
        Ok(()) => "it lives".to_owned(),
        Err(error) => error.to_string(),
    })
}
