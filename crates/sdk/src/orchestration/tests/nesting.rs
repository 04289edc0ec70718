//! Joins and races inside each other: who wins, and that nothing of the others is left.

use std::time::Duration;

use super::kit::{Desk, completed, failed, fired, json, raised};
use crate::{First, OrchestrationContext, Result};

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn child_completed(id: u32, result: u32) -> fnhost_protocol::history::EventKind {
    fnhost_protocol::history::EventKind::SubOrchestrationCompleted { id, result: json(result) }
}

#[test]
fn a_join_of_races() {
    async fn code(ctx: OrchestrationContext) -> Result<Vec<String>> {
        let race = |name: &'static str| {
            let ctx = ctx.clone();
            async move {
                let limit = ctx.timer(seconds(60));
                Ok(match ctx.first(ctx.activity::<u32>(name, ()), limit).await? {
                    First::Left(n) => format!("{name}: {n}"),
                    First::Right(()) => format!("{name}: too late"),
                })
            }
        };
        ctx.try_join_all(["A", "B", "C"].map(race)).await
    }
    let mut desk = Desk::new(code);
    assert_eq!(desk.start().len(), 6);
    assert_eq!(desk.turn([completed(3, 7)]), ["2: cancel"], "B has won: its timer goes at once");
    desk.evict();
    assert!(desk.turn([fired(4)]).is_empty());
    assert!(desk.turn([completed(5, 9)]).is_empty(), "C has lost");
    assert_eq!(desk.turn([completed(1, 1)]), ["0: cancel", r#"complete ["A: 1","B: 7","C: too late"]"#]);
}

#[test]
fn a_race_of_a_join() {
    async fn code(ctx: OrchestrationContext) -> Result<String> {
        let both = ctx.join_all(["A", "B"].map(|name| ctx.activity::<u32>(name, ())));
        let race = ctx.first(both, ctx.timer(seconds(60))).await?;
        ctx.activity::<()>("Next", ()).await?;
        Ok(match race {
            First::Left(results) => {
                format!("{:?}", results.into_iter().map(|result| result.ok()).collect::<Vec<_>>())
            }
            First::Right(()) => "too late".to_owned(),
        })
    }
    let mut desk = Desk::new(code);
    desk.start();
    assert!(desk.turn([failed(1, "no")]).is_empty(), "a failure inside a join is no failure of the race");
    assert_eq!(desk.turn([completed(0, 1)]), ["2: cancel", "3: activity Next(null)"]);
    assert_eq!(desk.turn([completed(3, ())]), [r#"complete "[Some(1), None]""#]);

    let mut desk = Desk::new(code);
    desk.start();
    desk.turn([completed(0, 1)]);
    assert_eq!(desk.turn([fired(2)]), ["3: activity Next(null)"]);
    desk.evict();
    assert!(desk.turn([failed(1, "late")]).is_empty());
    assert_eq!(desk.turn([completed(3, ())]), [r#"complete "too late""#]);
}

#[test]
fn a_failure_inside_ends_the_race_outside() {
    async fn code(ctx: OrchestrationContext) -> Result<u32> {
        let timed = ctx.clone();
        let all = async move {
            let _reminder = timed.timer(seconds(30));
            timed.try_join_all(["A", "B"].map(|name| timed.activity::<u32>(name, ()))).await
        };
        match ctx.first(all, ctx.first(ctx.timer(seconds(60)), ctx.sub_orchestration::<u32>("C", ()))).await {
            Err(error) => ctx.activity("Report", error.to_string()).await,
            Ok(_) => Ok(0),
        }
    }
    let mut desk = Desk::new(code);
    assert_eq!(
        desk.start(),
        [
            "0: timer at 61",
            "1: child C(null)",
            "2: timer at 31",
            "3: activity A(null)",
            "4: activity B(null)"
        ]
    );
    let report = r#"5: activity Report("activity `B` failed: no")"#;
    assert_eq!(desk.turn([failed(4, "no")]), ["2: cancel", "0: cancel", report]);
    desk.evict();
    assert!(desk.turn([completed(3, 1), child_completed(1, 2)]).is_empty());
    assert_eq!(desk.turn([completed(5, 3)]), ["complete 3"]);
}

#[test]
fn an_event_that_a_loser_waited_for_goes_to_the_next() {
    async fn code(ctx: OrchestrationContext) -> Result<(String, u32)> {
        let inner = ctx.first(ctx.wait_for_event::<u32>("E"), ctx.timer(seconds(60)));
        let won = match ctx.first(inner, ctx.activity::<String>("A", ())).await? {
            First::Left(_) => "event".to_owned(),
            First::Right(name) => name,
        };
        ctx.activity::<()>("Between", ()).await?;
        Ok((won, ctx.wait_for_event("E").await?))
    }
    // The event comes after the race, before the next wait.
    let mut desk = Desk::new(code);
    desk.start();
    assert_eq!(desk.turn([completed(1, "A")]), ["0: cancel", "2: activity Between(null)"]);
    assert!(desk.turn([raised("E", 5)]).is_empty());
    desk.evict();
    assert_eq!(desk.turn([completed(2, ())]), [r#"complete ["A",5]"#]);

    // It comes in the very turn in which its race is lost.
    let mut desk = Desk::new(code);
    desk.start();
    desk.turn([completed(1, "A"), raised("E", 5)]);
    assert_eq!(desk.turn([completed(2, ())]), [r#"complete ["A",5]"#]);

    // It wins: another is needed for the next wait.
    let mut desk = Desk::new(code);
    desk.start();
    desk.turn([raised("E", 5), completed(1, "A")]);
    assert!(desk.turn([completed(2, ())]).is_empty());
    assert_eq!(desk.turn([raised("E", 6)]), [r#"complete ["event",6]"#]);
}

#[test]
fn four_races_deep() {
    async fn code(ctx: OrchestrationContext) -> Result<u32> {
        let timers = |n: u64| ctx.first_of((0..3).map(move |k| n + k).map(|n| ctx.timer(seconds(60 + n))));
        let deep =
            ctx.first(timers(0), ctx.first(timers(3), ctx.first(timers(6), ctx.wait_for_event::<u32>("E"))));
        match deep.await? {
            First::Right(First::Right(First::Right(n))) => Ok(n),
            First::Left((n, ())) | First::Right(First::Left((n, ()))) => Ok(u32::try_from(n)?),
            First::Right(First::Right(First::Left((n, ())))) => Ok(u32::try_from(n)? + 100),
        }
    }
    let others = |won: Option<u32>| {
        (0..9).filter(|id| Some(*id) != won).map(|id| format!("{id}: cancel")).collect::<Vec<_>>()
    };
    for (event, won, result) in [
        (raised("E", 42), None, 42),
        (fired(1), Some(1), 1),
        (fired(5), Some(5), 2),
        (fired(6), Some(6), 100),
    ] {
        let mut desk = Desk::new(code);
        assert_eq!(desk.start().len(), 9);
        desk.evict();
        let mut asked = desk.turn([event]);
        assert_eq!(asked.pop(), Some(format!("complete {result}")));
        asked.sort();
        assert_eq!(asked, others(won));
    }
}
