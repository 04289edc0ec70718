//! Timers: what they are set to, and when they are cancelled.

use std::time::Duration;

use super::kit::{Desk, at, completed, fired, raised};
use crate::{First, OrchestrationContext, Result, Settings};

const MINUTE: Duration = Duration::from_secs(60);

async fn registry(ctx: OrchestrationContext) -> Result<bool> {
    ctx.activity::<()>("NewList", ctx.instance_id()).await?;
    let close = ctx.wait_for_event::<bool>("Close");
    let window = ctx.timer(ctx.setting("RegistryOpenSeconds")?);
    match ctx.first(close, window).await? {
        First::Left(true) => Ok(true),
        _ => Ok(false),
    }
}

fn registry_desk(seconds: &str) -> Desk {
    let mut desk = Desk::with(registry, Settings::from_iter([("RegistryOpenSeconds", seconds)]), 0);
    assert_eq!(desk.start(), [r#"0: activity NewList("test")"#]);
    desk
}

#[test]
fn the_registry_closes_by_event_by_time_and_by_refusal() {
    let mut desk = registry_desk("300");
    assert_eq!(desk.turn([completed(0, ())]), ["1: timer at 302"]);
    assert_eq!(desk.turn([raised("close", true)]), ["1: cancel", "complete true"]);

    let mut desk = registry_desk("300");
    desk.turn([completed(0, ())]);
    assert_eq!(desk.turn([fired(1)]), ["complete false"]);

    let mut desk = registry_desk("300");
    desk.turn([completed(0, ())]);
    assert_eq!(desk.turn([raised("Close", false)]), ["1: cancel", "complete false"]);
}

#[test]
fn a_wrong_setting_fails_with_its_name_and_value() {
    let mut desk = registry_desk("five minutes");
    let failure = desk.failure([completed(0, ())]);
    assert_eq!(
        failure.message,
        "setting `RegistryOpenSeconds` is `five minutes`; allowed: seconds from 0 up, such as 300 or 0.5"
    );
    let mut desk = Desk::new(registry);
    desk.start();
    assert_eq!(
        desk.failure([completed(0, ())]).message,
        "setting `RegistryOpenSeconds` is missing: add it to [values] in local.settings.toml, or to the environment"
    );
}

#[test]
fn the_event_may_be_there_before_the_timer_is_made() {
    let mut desk = registry_desk("300");
    assert!(desk.turn([raised("CLOSE", true)]).is_empty());
    // The timer is made and lost in one turn: as if it had never been.
    assert_eq!(desk.turn([completed(0, ())]), ["complete true"]);
}

#[test]
fn times_add_up_from_the_turn_in_which_they_are_made() {
    async fn code(ctx: OrchestrationContext) -> Result<()> {
        ctx.timer(Duration::from_millis(1500)).await?;
        ctx.timer(at(1000)).await?;
        ctx.timer(Duration::MAX).await
    }
    let mut desk = Desk::new(code);
    let first = desk.actions([super::kit::started(())]);
    assert_eq!(
        first,
        [fnhost_protocol::action::Action::CreateTimer {
            id: 0,
            fire_at: fnhost_protocol::time::Timestamp::from_micros(2_500_000)
        }]
    );
    assert_eq!(desk.turn([fired(0)]), ["1: timer at 1000"]);
    assert_eq!(desk.turn([fired(1)]), ["2: timer at 253402207200"]);
    assert_eq!(desk.turn([fired(2)]), ["complete null"]);
}

#[test]
fn a_timer_that_is_dropped_is_cancelled_where_it_is_dropped() {
    async fn code(ctx: OrchestrationContext) -> Result<()> {
        let reminder = ctx.timer(MINUTE);
        let other = ctx.timer(MINUTE);
        ctx.activity::<()>("A", ()).await?;
        reminder.cancel();
        ctx.activity::<()>("B", ()).await?;
        drop(other);
        ctx.activity("C", ()).await
    }
    let mut desk = Desk::new(code);
    assert_eq!(desk.start(), ["0: timer at 61", "1: timer at 61", "2: activity A(null)"]);
    assert_eq!(desk.turn([completed(2, ())]), ["0: cancel", "3: activity B(null)"]);
    assert_eq!(desk.turn([completed(3, ())]), ["1: cancel", "4: activity C(null)"]);
    // Fired although cancelled: the engine was quicker.
    assert!(desk.turn([fired(0)]).is_empty());
    assert_eq!(desk.turn([completed(4, ())]), ["complete null"]);
}

#[test]
fn a_timer_made_and_dropped_in_one_turn_leaves_no_trace_but_its_number() {
    async fn code(ctx: OrchestrationContext) -> Result<()> {
        ctx.timer(MINUTE).cancel();
        ctx.activity("A", ()).await
    }
    let mut desk = Desk::new(code);
    assert_eq!(desk.start(), ["1: activity A(null)"]);
    assert_eq!(desk.turn([completed(1, ())]), ["complete null"]);
}

#[test]
fn a_timer_that_fires_in_the_turn_that_cancels_it_needs_no_cancelling() {
    async fn code(ctx: OrchestrationContext) -> Result<()> {
        let timer = ctx.timer(MINUTE);
        ctx.wait_for_event::<()>("Stop").await?;
        drop(timer);
        ctx.activity("A", ()).await
    }
    let mut desk = Desk::new(code);
    desk.start();
    assert_eq!(desk.turn([raised("Stop", ()), fired(0)]), ["1: activity A(null)"]);
    assert_eq!(desk.turn([completed(1, ())]), ["complete null"]);
}

#[test]
fn what_is_left_at_the_end_is_cancelled() {
    async fn code(ctx: OrchestrationContext) -> Result<u8> {
        let _reminder = ctx.timer(MINUTE);
        ctx.wait_for_event("Stop").await
    }
    let mut desk = Desk::new(code);
    assert_eq!(desk.start(), ["0: timer at 61"]);
    assert_eq!(desk.turn([raised("Stop", 1)]), ["0: cancel", "complete 1"]);
}

#[test]
fn one_timer_serves_many_waits() {
    async fn code(ctx: OrchestrationContext) -> Result<bool> {
        let mut patience = ctx.timer(Duration::from_secs(90));
        for _ in 0..3 {
            match ctx.first(ctx.wait_for_event::<u32>("Code"), &mut patience).await? {
                First::Left(42) => return Ok(true),
                First::Left(_) => {}
                First::Right(()) => return Ok(false),
            }
        }
        Ok(false)
    }
    let mut desk = Desk::new(code);
    assert_eq!(desk.start(), ["0: timer at 91"]);
    assert!(desk.turn([raised("code", 1)]).is_empty());
    assert_eq!(desk.turn([raised("code", 42)]), ["0: cancel", "complete true"]);

    let mut desk = Desk::new(code);
    desk.start();
    assert!(desk.turn([raised("code", 1)]).is_empty());
    assert_eq!(desk.turn([fired(0)]), ["complete false"]);

    let mut desk = Desk::new(code);
    desk.start();
    assert_eq!(
        desk.turn([raised("code", 1), raised("code", 2), raised("code", 3)]),
        ["0: cancel", "complete false"]
    );
}

#[test]
fn a_fired_timer_stays_fired() {
    async fn code(ctx: OrchestrationContext) -> Result<u32> {
        let mut timer = ctx.timer(MINUTE);
        (&mut timer).await?;
        let mut rounds = 0;
        while let First::Right(()) = ctx.first(ctx.wait_for_event::<()>("Stop"), &mut timer).await? {
            rounds += 1;
            if rounds == 3 {
                break;
            }
        }
        Ok(rounds)
    }
    let mut desk = Desk::new(code);
    desk.start();
    assert_eq!(desk.turn([fired(0)]), ["complete 3"]);
}
