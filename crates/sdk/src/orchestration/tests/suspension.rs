//! Suspended code gets nothing; resumed code gets all of it, in order and with the time of then.

use std::time::Duration;

use super::kit::{Desk, completed, fired, raised, resumed, suspended};
use crate::{OrchestrationContext, Result};

async fn times(ctx: OrchestrationContext) -> Result<Vec<i64>> {
    let mut times = Vec::new();
    for _ in 0..2 {
        ctx.wait_for_event::<()>("Tick").await?;
        times.push(ctx.now().as_micros() / 1_000_000);
    }
    Ok(times)
}

#[test]
fn what_arrives_is_held_back_until_resumed() {
    let mut desk = Desk::new(times);
    desk.start();
    assert!(desk.turn([suspended(), raised("Tick", ())]).is_empty());
    assert!(desk.turn([raised("Tick", ())]).is_empty());
    desk.evict();
    assert_eq!(desk.turn([resumed()]), ["complete [4,4]"]);
}

#[test]
fn what_arrived_before_in_the_same_turn_is_delivered() {
    let mut desk = Desk::new(times);
    desk.start();
    assert!(desk.turn([raised("Tick", ()), suspended(), raised("Tick", ())]).is_empty());
    assert_eq!(desk.turn([resumed()]), ["complete [2,3]"]);
}

#[test]
fn pausing_twice_and_resuming_in_one_turn() {
    let mut desk = Desk::new(times);
    desk.start();
    assert!(desk.turn([suspended(), suspended(), raised("Tick", ())]).is_empty());
    assert_eq!(
        desk.turn([resumed(), resumed(), suspended(), raised("Tick", ()), resumed()]),
        ["complete [3,3]"]
    );
}

#[test]
fn completions_and_timers_wait_too() {
    async fn code(ctx: OrchestrationContext) -> Result<u32> {
        let limit = ctx.timer(Duration::from_secs(10));
        let sum = ctx.activity::<u32>("A", ()).await?;
        limit.await?;
        Ok(sum)
    }
    let mut desk = Desk::new(code);
    desk.start();
    assert!(desk.turn([suspended()]).is_empty());
    assert!(desk.turn([fired(0), completed(1, 7)]).is_empty());
    assert_eq!(desk.turn([resumed()]), ["complete 7"]);
}

#[test]
fn termination_is_the_engines_affair() {
    let mut desk = Desk::new(times);
    desk.start();
    let terminated = fnhost_protocol::history::EventKind::ExecutionTerminated {
        reason: "enough".into(),
        recursive: false,
    };
    assert!(desk.turn([terminated]).is_empty());
}
