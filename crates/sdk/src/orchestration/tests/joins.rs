//! Joins and races, from none to ten thousand.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use super::kit::{Desk, completed, failed, fired, raised};
use crate::{First, OrchestrationContext, Result};

const WIDTHS: [u32; 7] = [0, 1, 30, 31, 100, 1000, 10_000];

async fn fan_out(ctx: OrchestrationContext, width: u32) -> Result<Vec<u32>> {
    ctx.try_join_all((0..width).map(|number| ctx.activity("Double", number))).await
}

fn doubled(width: u32) -> String {
    let numbers: Vec<_> = (0..width).map(|number| (number * 2).to_string()).collect();
    format!("complete [{}]", numbers.join(","))
}

#[test]
fn every_width_completes_in_the_order_of_the_list() {
    for width in WIDTHS {
        let mut desk = Desk::new(fan_out);
        let asked = desk.start_with(width);
        if width == 0 {
            assert_eq!(asked, ["complete []"]);
            continue;
        }
        assert_eq!(asked.len(), width as usize);
        // In the order opposite to that of the list, half of them in one turn, half in another.
        let mut results: Vec<_> = (0..width).rev().map(|number| completed(number, number * 2)).collect();
        let rest = results.split_off(results.len() / 2);
        assert!(desk.turn(results).is_empty());
        assert_eq!(desk.turn(rest), [doubled(width)], "{width}");
    }
}

#[test]
fn a_turn_for_each_of_a_thousand_results() {
    let mut desk = Desk::new(fan_out);
    desk.start_with(1000);
    // Replaying after each turn would be quadratic by itself; the kept code alone must not be.
    let history = desk.history.clone();
    let mut kept = super::kit::execution(&desk.orchestrator, &crate::Settings::default(), 0);
    kept.replay(&history);
    let mut last = Vec::new();
    for number in 0..1000 {
        last = kept.advance(&super::kit::turn(i64::from(number) + 2, [completed(number, number * 2)]));
        assert_eq!(last.is_empty(), number < 999);
    }
    assert_eq!(last.len(), 1);
}

#[test]
fn only_what_was_woken_is_polled() {
    let polls = Arc::new(AtomicUsize::new(0));
    let counter = polls.clone();
    let code = move |ctx: OrchestrationContext, width: u32| {
        let counter = counter.clone();
        async move {
            let counted = |number| {
                let (mut call, counter) = (ctx.activity::<()>("A", number), counter.clone());
                std::future::poll_fn(move |cx| {
                    counter.fetch_add(1, Ordering::Relaxed);
                    Pin::new(&mut call).poll(cx)
                })
            };
            ctx.join_all((0..width).map(counted)).await;
            Ok::<_, crate::Error>(())
        }
    };
    let desk = Desk::new(code);
    let mut kept = super::kit::execution(&desk.orchestrator, &crate::Settings::default(), 0);
    kept.advance(&super::kit::turn(1, [super::kit::started(1000)]));
    kept.advance(&super::kit::turn(2, (0..1000).map(|number| completed(number, ()))));
    assert!(kept.is_over());
    assert_eq!(polls.load(Ordering::Relaxed), 2000, "each is polled when it begins and when it is over");
}

#[test]
fn join_all_keeps_failures_in_their_place() {
    async fn code(ctx: OrchestrationContext) -> Result<Vec<String>> {
        let results = ctx.join_all(["A", "B", "C"].map(|name| ctx.activity::<u32>(name, ()))).await;
        Ok(results
            .into_iter()
            .map(|result| result.map_or_else(|error| error.to_string(), |n| n.to_string()))
            .collect())
    }
    let mut desk = Desk::new(code);
    desk.start();
    assert!(desk.turn([failed(1, "no"), completed(2, 3)]).is_empty());
    assert_eq!(desk.turn([completed(0, 1)]), [r#"complete ["1","activity `B` failed: no","3"]"#]);
}

#[test]
fn try_join_all_fails_at_the_first_failure_of_history_and_cancels_timers() {
    async fn code(ctx: OrchestrationContext) -> Result<Vec<()>> {
        let call = |name| {
            let ctx = ctx.clone();
            async move {
                let _limit = ctx.timer(Duration::from_secs(60));
                ctx.activity::<()>(name, ()).await
            }
        };
        ctx.try_join_all(["A", "B", "C"].map(call)).await
    }
    let mut desk = Desk::new(code);
    assert_eq!(desk.start().len(), 6);
    assert_eq!(
        desk.turn([completed(1, ()), failed(5, "third"), failed(3, "second")]),
        ["0: cancel", "4: cancel", "2: cancel", "fail Broken: activity `C` failed: third"]
    );
}

#[test]
fn the_first_of_two_wins_and_the_other_is_dropped() {
    async fn code(ctx: OrchestrationContext) -> Result<String> {
        let race = ctx.first(ctx.activity::<u32>("A", ()), ctx.activity::<bool>("B", ())).await?;
        ctx.activity::<()>("Next", ()).await?;
        Ok(format!("{race:?}"))
    }
    for (winner, told) in [(completed(0, 7), r#""Left(7)""#), (completed(1, true), r#""Right(true)""#)] {
        let mut desk = Desk::new(code);
        desk.start();
        assert_eq!(desk.turn([winner]), ["2: activity Next(null)"]);
        // The loser's late result is no trouble.
        desk.turn([completed(0, 8), completed(1, false)]);
        assert_eq!(desk.turn([completed(2, ())]), [format!("complete {told}")]);
    }
}

#[test]
fn a_failure_can_be_first() {
    async fn code(ctx: OrchestrationContext) -> Result<bool> {
        let limit = ctx.timer(Duration::from_secs(5));
        Ok(matches!(ctx.first(ctx.activity::<()>("A", ()), limit).await?, First::Left(())))
    }
    let mut desk = Desk::new(code);
    desk.start();
    assert_eq!(desk.turn([failed(1, "no")]), ["0: cancel", "fail Broken: activity `A` failed: no"]);
}

#[test]
fn when_both_are_there_already_the_left_wins() {
    async fn code(ctx: OrchestrationContext) -> Result<u32> {
        let (left, right) = (ctx.wait_for_event::<u32>("L"), ctx.wait_for_event::<u32>("R"));
        ctx.activity::<()>("A", ()).await?;
        match ctx.first(left, right).await? {
            First::Left(n) | First::Right(n) => Ok(n),
        }
    }
    let mut desk = Desk::new(code);
    desk.start();
    assert!(desk.turn([raised("R", 2), raised("L", 1)]).is_empty());
    assert_eq!(desk.turn([completed(0, ())]), ["complete 1"]);
}

#[test]
fn the_first_of_many_tells_its_place() {
    async fn code(ctx: OrchestrationContext, width: u64) -> Result<(usize, ())> {
        ctx.first_of((0..width).map(|number| ctx.timer(Duration::from_secs(60 + number)))).await
    }
    let mut desk = Desk::new(code);
    assert_eq!(desk.start_with(3), ["0: timer at 61", "1: timer at 62", "2: timer at 63"]);
    assert_eq!(desk.turn([fired(1)]), ["0: cancel", "2: cancel", "complete [1,null]"]);
    assert_eq!(
        Desk::new(code).start_with(0),
        ["fail Error: `first_of` was given an empty list: nothing can be first"]
    );
}

#[test]
fn joins_nest() {
    async fn code(ctx: OrchestrationContext) -> Result<Vec<Vec<u32>>> {
        let row = |row: u32| {
            let ctx = ctx.clone();
            async move { ctx.try_join_all((0..3).map(|column| ctx.activity("Cell", (row, column)))).await }
        };
        ctx.try_join_all((0..3).map(row)).await
    }
    let mut desk = Desk::new(code);
    assert_eq!(desk.start().len(), 9);
    for id in [8, 0, 4, 2, 6, 1, 7, 3] {
        assert!(desk.turn([completed(id, id)]).is_empty());
        desk.evict();
    }
    assert_eq!(desk.turn([completed(5, 5)]), ["complete [[0,1,2],[3,4,5],[6,7,8]]"]);
}

#[test]
fn combinators_of_other_libraries_work_too() {
    async fn code(ctx: OrchestrationContext, width: u32) -> Result<usize> {
        let all =
            futures_util::future::join_all((0..width).map(|number| ctx.activity::<u32>("A", number))).await;
        Ok(all.into_iter().filter(Result::is_ok).count())
    }
    for width in [1, 30, 31, 100] {
        let mut desk = Desk::new(code);
        desk.start_with(width);
        for id in 1..width {
            assert!(desk.turn([completed(id, id)]).is_empty(), "{width}");
        }
        assert_eq!(desk.turn([completed(0, 0)]), [format!("complete {width}")]);
    }
}
