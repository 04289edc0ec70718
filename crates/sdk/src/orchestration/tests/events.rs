//! External events: names, order, buffers, and waits that are given up.

use std::time::Duration;

use super::kit::{Desk, completed, fired, raised};
use crate::{First, OrchestrationContext, Result};

#[test]
fn events_that_came_early_are_there_in_order() {
    async fn code(ctx: OrchestrationContext) -> Result<Vec<u32>> {
        ctx.activity::<()>("A", ()).await?;
        let mut seen = Vec::new();
        for _ in 0..3 {
            seen.push(ctx.wait_for_event("Number").await?);
        }
        Ok(seen)
    }
    let mut desk = Desk::new(code);
    desk.start();
    assert!(desk.turn([raised("number", 1), raised("NUMBER", 2)]).is_empty());
    assert!(desk.turn([completed(0, ())]).is_empty());
    assert_eq!(desk.turn([raised("Number", 3)]), ["complete [1,2,3]"]);
}

#[test]
fn names_have_no_case_beyond_ascii() {
    async fn code(ctx: OrchestrationContext) -> Result<u32> {
        ctx.wait_for_event("Ärger").await
    }
    let mut desk = Desk::new(code);
    desk.start();
    assert!(desk.turn([raised("anger", 1)]).is_empty());
    assert_eq!(desk.turn([raised("äRGER", 2)]), ["complete 2"]);
}

#[test]
fn waits_of_one_name_are_served_in_the_order_of_waiting() {
    async fn code(ctx: OrchestrationContext) -> Result<(u32, u32, u32)> {
        let first = ctx.wait_for_event("N");
        let second = ctx.wait_for_event("N");
        let third = ctx.wait_for_event("N");
        // Awaited in another order than made.
        let third: u32 = third.await?;
        Ok((first.await?, second.await?, third))
    }
    let mut desk = Desk::new(code);
    desk.start();
    assert!(desk.turn([raised("N", 1), raised("N", 2)]).is_empty());
    assert_eq!(desk.turn([raised("N", 3)]), ["complete [1,2,3]"]);
}

#[test]
fn a_wait_that_was_dropped_consumes_nothing() {
    async fn code(ctx: OrchestrationContext) -> Result<u32> {
        drop(ctx.wait_for_event::<u32>("N"));
        let late = ctx.first(ctx.wait_for_event::<u32>("N"), ctx.timer(Duration::from_secs(1))).await?;
        assert_eq!(late, First::Right(()));
        ctx.wait_for_event("N").await
    }
    let mut desk = Desk::new(code);
    desk.start();
    assert!(desk.turn([fired(0)]).is_empty());
    assert_eq!(desk.turn([raised("N", 7)]), ["complete 7"]);
}

#[test]
fn an_event_given_to_a_wait_that_is_dropped_goes_to_the_next() {
    async fn code(ctx: OrchestrationContext) -> Result<(u32, u32)> {
        let lazy = ctx.wait_for_event::<u32>("N");
        let other = ctx.wait_for_event::<u32>("N");
        let last = ctx.wait_for_event::<u32>("N");
        ctx.activity::<()>("A", ()).await?;
        drop(lazy); // holds 1, which goes to `last`, for `other` holds 2 already
        Ok((other.await?, last.await?))
    }
    let mut desk = Desk::new(code);
    desk.start();
    assert!(desk.turn([raised("N", 1), raised("N", 2)]).is_empty());
    assert_eq!(desk.turn([completed(0, ())]), ["complete [2,1]"]);
}

#[test]
fn an_event_given_back_stands_where_it_stood() {
    async fn code(ctx: OrchestrationContext) -> Result<(u32, u32)> {
        let lazy = ctx.wait_for_event::<u32>("N");
        ctx.activity::<()>("A", ()).await?;
        drop(lazy);
        Ok((ctx.wait_for_event("N").await?, ctx.wait_for_event("N").await?))
    }
    let mut desk = Desk::new(code);
    desk.start();
    assert!(desk.turn([raised("N", 1), raised("N", 2)]).is_empty());
    assert_eq!(desk.turn([completed(0, ())]), ["complete [1,2]"]);
}

#[test]
fn giving_an_event_back_wakes_who_waits_for_it() {
    async fn code(ctx: OrchestrationContext) -> Result<Vec<u32>> {
        let lazy = ctx.wait_for_event::<u32>("N");
        let giver = async {
            ctx.activity::<()>("A", ()).await?;
            drop(lazy);
            ctx.activity("B", ()).await
        };
        // The taker is polled before the giver gives.
        ctx.try_join_all([
            Box::pin(async { ctx.wait_for_event("N").await })
                as std::pin::Pin<Box<dyn Future<Output = Result<u32>> + Send + '_>>,
            Box::pin(giver),
        ])
        .await
    }
    let mut desk = Desk::new(code);
    desk.start();
    assert!(desk.turn([raised("N", 1)]).is_empty());
    assert_eq!(desk.turn([completed(0, ())]), ["1: activity B(null)"]);
    assert_eq!(desk.turn([completed(1, 2)]), ["complete [1,2]"]);
}

#[test]
fn a_payload_of_another_type_names_the_event() {
    async fn code(ctx: OrchestrationContext) -> Result<bool> {
        ctx.wait_for_event("Close").await
    }
    let mut desk = Desk::new(code);
    desk.start();
    let failure = desk.failure([raised("close", "yes")]);
    assert!(failure.message.starts_with("the payload of event `Close` is no `bool`: "), "{failure}");
    assert!(failure.message.contains("; found \"yes\"."), "{failure}");
}

#[test]
fn a_loop_of_waits_leaves_no_trail() {
    async fn code(ctx: OrchestrationContext, rounds: u32) -> Result<()> {
        for _ in 0..rounds {
            drop(ctx.wait_for_event::<()>("Never"));
        }
        ctx.wait_for_event("Stop").await
    }
    let weigh = |rounds| {
        let mut desk = Desk::new(code);
        assert!(desk.start_with(rounds).is_empty());
        let weight = desk.weight();
        assert_eq!(desk.turn([raised("Stop", ())]), ["complete null"]);
        weight
    };
    assert_eq!(weigh(10_000), weigh(10_001));
}
